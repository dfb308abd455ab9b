# SPDX-License-Identifier: GPL-2.0-only
"""The search itself as LLVM text: batches of states, each expanded, sifted and entered.

It knows nothing of the program but the size of a state and the number of
CPUs: the functions that make steps and judge states are called by address.
So it is compiled once for all programs of a size, and as well as can be.
"""

from __future__ import annotations

from functools import cache

from memcharge.engine.native.expand import expand_text
from memcharge.engine.native.machine import CORE, Compiled
from memcharge.engine.native.pieces import hash_text, same_text
from memcharge.engine.native.placing import Bits
from memcharge.engine.native.record import (
    BATCH,
    FINISHED,
    FULL,
    OVERFLOW,
    STOPPED,
    SUCCESSORS,
    Record,
)
from memcharge.engine.native.sift import sift_text
from memcharge.engine.native.table import enter_text, find_text, rehash_text
from memcharge.engine.native.text import Text

DECLARATIONS = (
    "declare void @llvm.prefetch.p0(ptr, i32, i32, i32)",
    "declare i64 @llvm.cttz.i64(i64, i1)",
)


@cache
def core(words: int, cpus: int, finding: Bits) -> Compiled:
    """The search over states of so many words, compiled: `run` and what it calls."""
    text = pieces_text(words, cpus, finding)
    _run(text)
    return Compiled(text.whole(), CORE)


def pieces_text(words: int, cpus: int, finding: Bits) -> Text:
    """What any search is made of: `@expand`, `@sift`, `@enter`, `@rehash`."""
    text = Text()
    hash_text(text, words)
    same_text(text, words)
    expand_text(text, words, cpus, finding)
    sift_text(text, words)
    enter_text(text, words)
    rehash_text(text, words)
    find_text(text, words)
    text.lines += DECLARATIONS
    return text


def _run(text: Text) -> None:
    """`@run(ctx)`: expand until finished, stopped, full, or something does not fit."""
    text.line("define i64 @run(ptr %ctx) {")
    text.line("entry:")
    record = Record(
        text, "count", "current", "level_end", "depth", "stop", "room", "out", "origin", "hashes"
    )
    for name in ("out", "origin", "hashes"):
        text.line(f"%{name} = load ptr, ptr %at.{name}")
    text.line("%stop = load i64, ptr %at.stop")
    text.line("%room = load i64, ptr %at.room")
    text.line("br label %outer")
    text.label("outer")
    text.line("%current = load i64, ptr %at.current")
    text.line("%count = load i64, ptr %at.count")
    text.branch(text.value("icmp eq i64 %current, %count"), "finished", "more")
    text.label("more")
    text.branch(text.value("icmp sge i64 %current, %stop"), "stopped", "going")
    text.label("going")
    needed = text.value(f"add i64 %count, {SUCCESSORS}")
    text.branch(text.value(f"icmp sgt i64 {needed}, %room"), "full", "fitting")
    text.label("fitting")
    end = record.get("level_end")
    text.branch(text.value(f"icmp eq i64 %current, {end}"), "level", "batch")
    text.label("level")
    record.put("depth", text.value(f"add i64 {record.get('depth')}, 1"))
    record.put("level_end", "%count")
    text.line("br label %batch")
    text.label("batch")  # not beyond the level, so that the depth is exact
    far = text.value(f"add i64 %current, {BATCH}")
    end = record.get("level_end")
    nearer = text.value(f"icmp slt i64 {far}, {end}")
    last = text.value(f"select i1 {nearer}, i64 {far}, i64 {end}")
    text.line(f"%made = call i64 @expand(ptr %ctx, i64 {last})")
    text.branch(text.value("icmp slt i64 %made, 0"), "overflow", "made.some")
    text.label("made.some")
    kept = text.value("call i64 @sift(ptr %ctx, i64 %made)")
    text.line(f"call void @enter(ptr %ctx, ptr %out, ptr %origin, ptr %hashes, i64 {kept})")
    text.line("br label %outer")
    for name, code in (
        ("finished", FINISHED),
        ("stopped", STOPPED),
        ("full", FULL),
        ("overflow", OVERFLOW),
    ):
        text.label(name)
        text.line(f"ret i64 {code}")
    text.line("}")
