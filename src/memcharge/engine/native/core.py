# SPDX-License-Identifier: GPL-2.0-only
"""The search itself as LLVM text: expand a batch, look its successors up, append the new ones.

States are appended in breadth-first order with the number of the state that
they were reached from.
"""

from __future__ import annotations

from memcharge.engine.native.context import addresses, get, put, shared
from memcharge.engine.native.expand import SUCCESSORS, expand_text
from memcharge.engine.native.lookup import lookup_text
from memcharge.engine.native.packing import Bits
from memcharge.engine.native.pieces import broken_text, hash_text, same_text
from memcharge.engine.native.table import table_text
from memcharge.engine.native.text import Text

FINISHED, STOPPED, FULL, FINALS_FULL, OVERFLOW = range(5)
CODES = ("finished", "stopped", "full", "finals.full", "overflow")

BATCH = 64  # states expanded before their successors are looked up


def core_text(text: Text, words: int, cpus: int, always: list[int], finding: Bits) -> None:
    """Write `@run`, `@rehash` and what they call.

    `always` are the numbers of the properties of every state.
    """
    broken_text(text, always)
    hash_text(text, words)
    same_text(text, words)
    table_text(text, words)
    expand_text(text, words, cpus, finding)
    lookup_text(text, words)
    _run(text)
    text.lines += DECLARATIONS


def _run(text: Text) -> None:
    """`@run(ctx)`: expand until finished, stopped, full, or something does not fit."""
    text.line("define i64 @run(ptr %ctx) {")
    text.line("entry:")
    addresses(text, "current", "count", "level_end", "depth", "stop", "room")
    addresses(text, "final_count", "final_room")
    text.line("br label %outer")
    _batch(text)
    text.line("%n = call i64 @expand(ptr %ctx, i64 %last)")
    text.branch(text.value("icmp slt i64 %n, 0"), "overflow", "expanded")
    text.label("expanded")
    text.line("call void @look_up(ptr %ctx, i64 %n)")
    text.line("br label %outer")
    for code, name in enumerate(CODES):
        text.label(name)
        text.line(f"ret i64 {code}")
    text.line("}")


def _batch(text: Text) -> None:
    """Which states come next: not beyond the level, so that the depth is exact."""
    text.label("outer")
    text.line(f"%current = load i64, ptr {shared('current')}")
    count = get(text, "count")
    text.branch(text.value(f"icmp eq i64 %current, {count}"), "finished", "more")
    text.label("more")
    end = get(text, "level_end")
    text.branch(text.value(f"icmp eq i64 %current, {end}"), "level", "same.level")
    text.label("level")
    deeper = text.value(f"add i64 {get(text, 'depth')}, 1")
    put(text, "depth", deeper)
    put(text, "level_end", count)
    text.line("br label %same.level")
    text.label("same.level")
    stop = text.value(f"icmp sge i64 %current, {get(text, 'stop')}")
    text.branch(stop, "stopped", "room")
    text.label("room")
    needed = text.value(f"add i64 {count}, {SUCCESSORS}")
    full = text.value(f"icmp sgt i64 {needed}, {get(text, 'room')}")
    text.branch(full, "full", "final.room")
    text.label("final.room")
    finals = text.value(f"add i64 {get(text, 'final_count')}, {BATCH}")
    full = text.value(f"icmp sgt i64 {finals}, {get(text, 'final_room')}")
    text.branch(full, "finals.full", "batch")
    text.label("batch")
    far = text.value(f"add i64 %current, {BATCH}")
    end = get(text, "level_end")
    nearer = text.value(f"icmp slt i64 {far}, {end}")
    text.line(f"%last = select i1 {nearer}, i64 {far}, i64 {end}")


DECLARATIONS = (
    "declare void @llvm.prefetch.p0(ptr, i32, i32, i32)",
    "declare i64 @llvm.cttz.i64(i64, i1)",
)
