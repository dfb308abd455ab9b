# SPDX-License-Identifier: GPL-2.0-only
"""`@expand(ctx, last)`: the successors of the states from `current` to `last`, in order."""

from __future__ import annotations

from memcharge.engine.native.context import addresses, get, load, put, shared
from memcharge.engine.native.packing import Bits
from memcharge.engine.native.pieces import state_at
from memcharge.engine.native.text import Text

SUCCESSORS = 1 << 15  # room for the successors of one batch
PER_STEP = 1 << 10  # alternatives of one step at most


def expand_text(text: Text, words: int, cpus: int, finding: Bits) -> None:
    """Write `@expand`: how many successors it wrote to `out`, or -1 if a value does not fit.

    It stops before `last` where there may be no room.  Their origins stand in
    `origin`; `current`, `transitions` and `finals` are brought up to date.
    """
    text.line("define internal i64 @expand(ptr %ctx, i64 %last) {")
    text.line("entry:")
    addresses(text, "states", "out", "origin", "finals")
    addresses(text, "current", "transitions", "final_count", "avoid")
    load(text, "states", "out", "origin", "finals")
    text.line("%total = alloca i64")
    text.line("store i64 0, ptr %total")
    text.line(f"%current = load i64, ptr {shared('current')}")
    text.line(f"%avoid = load i64, ptr {shared('avoid')}")
    text.line("%careful = icmp ne i64 %avoid, 0")
    text.line("br label %next")
    text.label("next")
    text.line("%i = phi i64 [%current, %entry], [%i.next, %expanded]")
    before = text.value("load i64, ptr %total")
    over = text.value("icmp eq i64 %i, %last")
    crowded = text.value(f"icmp sgt i64 {before}, {SUCCESSORS - cpus * PER_STEP}")
    text.branch(text.value(f"or i1 {over}, {crowded}"), "end", "one")
    _one(text, words, finding)
    _steps(text, words, cpus, before)
    text.label("expanded")
    text.line("br label %next")
    text.label("end")
    text.line("%n = load i64, ptr %total")
    put(text, "current", "%i")
    put(text, "transitions", text.value(f"add i64 {get(text, 'transitions')}, %n"))
    text.line("ret i64 %n")
    text.label("overflow")
    text.line("ret i64 -1")
    text.line("}")


def _one(text: Text, words: int, finding: Bits) -> None:
    """Whether the state `%s` is one to go on from."""
    text.label("one")
    first = text.value(f"mul i64 %i, {words}")
    text.line(f"%s = getelementptr i64, ptr %states, i64 {first}")
    text.line("%i.next = add i64 %i, 1")
    address = text.value(f"getelementptr i64, ptr %s, i64 {finding.word}")
    word = text.value(f"load i64, ptr {address}")
    kind = text.value(f"and i64 {word}, {finding.mask << finding.shift}")
    text.branch(text.value(f"icmp ne i64 {kind}, 0"), "final", "alive")
    text.label("alive")
    text.branch("%careful", "ask", "cpu.0")
    text.label("ask")
    broken = text.value("call i64 @broken(ptr %s, i64 %avoid)")
    text.branch(text.value(f"icmp ne i64 {broken}, 0"), "expanded", "cpu.0")


def _steps(text: Text, words: int, cpus: int, before: str) -> None:
    """Step every CPU; a state in which none can is final."""
    for cpu in range(cpus):
        text.label(f"cpu.{cpu}")
        at = text.value("load i64, ptr %total")
        place = state_at(text, "%out", at, words)
        made = text.value(f"call i64 @cpu{cpu}(ptr %s, ptr {place})")
        text.branch(text.value(f"icmp slt i64 {made}, 0"), "overflow", f"made.{cpu}")
        text.label(f"made.{cpu}")
        text.line(f"store i64 {text.value(f'add i64 {at}, {made}')}, ptr %total")
        text.line(f"br label %cpu.{cpu + 1}")
    text.label(f"cpu.{cpus}")
    after = text.value("load i64, ptr %total")
    text.branch(text.value(f"icmp eq i64 {after}, {before}"), "final", "origins")
    text.label("origins")
    text.line("%parent = trunc i64 %i to i32")
    text.line("br label %origin.loop")
    text.label("origin.loop")
    text.line(f"%o = phi i64 [{before}, %origins], [%o.next, %origin.loop]")
    address = text.value("getelementptr i32, ptr %origin, i64 %o")
    text.line(f"store i32 %parent, ptr {address}")
    text.line("%o.next = add i64 %o, 1")
    text.branch(text.value(f"icmp eq i64 %o.next, {after}"), "expanded", "origin.loop")
    text.label("final")
    finals = get(text, "final_count")
    address = text.value(f"getelementptr i64, ptr %finals, i64 {finals}")
    text.line(f"store i64 %i, ptr {address}")
    put(text, "final_count", text.value(f"add i64 {finals}, 1"))
    text.line("br label %expanded")
