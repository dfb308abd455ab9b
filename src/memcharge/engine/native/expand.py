# SPDX-License-Identifier: GPL-2.0-only
"""`@expand` as LLVM text: the successors of the next states, one after the other."""

from __future__ import annotations

from memcharge.engine.native.pieces import state_at
from memcharge.engine.native.placing import Bits
from memcharge.engine.native.record import PER_STEP, SUCCESSORS, Record
from memcharge.engine.native.text import Text


def expand_text(text: Text, words: int, cpus: int, finding: Bits) -> None:
    """`@expand(ctx, last)`: write the successors of the states from `current` to `last`.

    They go to `out`, the numbers of the states that they come from to
    `origin`; fewer states are expanded if that fills up.  It gives the number
    of successors, or -1 if a value does not fit, and then `current` stands
    before the batch.
    """
    text.line("define i64 @expand(ptr %ctx, i64 %last) {")
    text.line("entry:")
    record = Record(
        text, "states", "out", "origin", "current", "avoid", "transitions", "final_count",
        "finals", "steps", "judge",
    )  # fmt: skip
    for name in ("states", "out", "origin", "finals", "steps", "judge"):
        text.line(f"%{name} = load ptr, ptr %at.{name}")
    text.line(f"%current = {'load i64, ptr %at.current'}")
    text.line("%avoid = load i64, ptr %at.avoid")
    text.line("%careful = icmp ne i64 %avoid, 0")
    for cpu in range(cpus):
        address = text.value(f"getelementptr ptr, ptr %steps, i64 {cpu}")
        text.line(f"%step.{cpu} = load ptr, ptr {address}")
    text.line("br label %loop")
    text.label("loop")
    text.line("%i = phi i64 [%current, %entry], [%i.next, %expanded]")
    text.line("%before = phi i64 [0, %entry], [%after, %expanded]")
    over = text.value("icmp eq i64 %i, %last")
    crowded = text.value(f"icmp sgt i64 %before, {SUCCESSORS - cpus * PER_STEP}")
    text.branch(text.value(f"or i1 {over}, {crowded}"), "done", "one")
    text.label("one")
    text.line(f"%s = getelementptr i64, ptr %states, i64 {text.value(f'mul i64 %i, {words}')}")
    text.line("%i.next = add i64 %i, 1")
    _ended(text, finding)
    _steps(text, words, cpus)
    _origins(text, cpus)
    text.label("final")
    number = record.get("final_count")
    address = text.value(f"getelementptr i32, ptr %finals, i64 {number}")
    text.line(f"store i32 {text.value('trunc i64 %i to i32')}, ptr {address}")
    record.put("final_count", text.value(f"add i64 {number}, 1"))
    text.line("br label %expanded")
    text.label("expanded")
    text.line(f"%after = phi i64 [%before, %final], [%before, %ask], [%total.{cpus}, %origin.loop]")
    text.line("br label %loop")
    text.label("done")
    record.put("current", "%i")
    record.put("transitions", text.value(f"add i64 {record.get('transitions')}, %before"))
    text.line("ret i64 %before")
    text.label("overflow")
    text.line("ret i64 -1")
    text.line("}")


def _ended(text: Text, finding: Bits) -> None:
    """A state that is to be avoided is left alone; one that ended the run has no successors."""
    text.branch("%careful", "ask", "kept")
    text.label("ask")
    broken = text.value("call i64 %judge(ptr %s, i64 %avoid)")
    text.branch(text.value(f"icmp ne i64 {broken}, 0"), "expanded", "kept")
    text.label("kept")
    address = text.value(f"getelementptr i64, ptr %s, i64 {finding.word}")
    word = text.value(f"load i64, ptr {address}")
    kind = text.value(f"and i64 {word}, {finding.mask << finding.shift}")
    text.branch(text.value(f"icmp ne i64 {kind}, 0"), "final", "cpu.0")


def _steps(text: Text, words: int, cpus: int) -> None:
    """Let every CPU step, in order."""
    at = "%before"
    for cpu in range(cpus):
        text.label(f"cpu.{cpu}")
        place = state_at(text, "%out", at, words)
        text.line(f"%made.{cpu} = call i64 %step.{cpu}(ptr %s, ptr {place})")
        fine = text.value(f"icmp sge i64 %made.{cpu}, 0")
        text.branch(fine, f"stepped.{cpu}", "overflow")
        text.label(f"stepped.{cpu}")
        text.line(f"%total.{cpu + 1} = add i64 {at}, %made.{cpu}")
        at = f"%total.{cpu + 1}"
        text.line(f"br label %cpu.{cpu + 1}")


def _origins(text: Text, cpus: int) -> None:
    """Note where the successors come from; a state without any is final."""
    text.label(f"cpu.{cpus}")
    text.branch(text.value(f"icmp eq i64 %total.{cpus}, %before"), "final", "origins")
    text.label("origins")
    text.line("%parent = trunc i64 %i to i32")
    text.line("br label %origin.loop")
    text.label("origin.loop")
    text.line("%o = phi i64 [%before, %origins], [%o.next, %origin.loop]")
    address = text.value("getelementptr i32, ptr %origin, i64 %o")
    text.line(f"store i32 %parent, ptr {address}")
    text.line("%o.next = add i64 %o, 1")
    more = text.value(f"icmp ult i64 %o.next, %total.{cpus}")
    text.branch(more, "origin.loop", "expanded")
