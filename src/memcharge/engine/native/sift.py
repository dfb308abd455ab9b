# SPDX-License-Identifier: GPL-2.0-only
"""`@sift` as LLVM text: hash the successors, and drop those that were seen a moment ago.

A small direct-mapped filter of whole states catches most duplicates before
they cost a cache miss, or a message.
"""

from __future__ import annotations

from memcharge.engine.native.pieces import copy_state, state_at
from memcharge.engine.native.record import FILTER, Record
from memcharge.engine.native.text import Text


def sift_text(text: Text, words: int) -> None:
    """`@sift(ctx, n)`: of `n` successors move those that may be new together; how many.

    Their hashes go to `hashes`, and the memory that they will be looked up in
    is asked for.
    """
    text.line("define i64 @sift(ptr %ctx, i64 %n) {")
    text.line("entry:")
    Record(text, "out", "origin", "hashes", "filter", "table", "mask")
    for name in ("out", "origin", "hashes", "filter", "table"):
        text.line(f"%{name} = load ptr, ptr %at.{name}")
    text.line("%mask = load i64, ptr %at.mask")
    text.line("br label %loop")
    text.label("loop")
    text.line("%j = phi i64 [0, %entry], [%j.next, %next]")
    text.line("%kept = phi i64 [0, %entry], [%kept.next, %next]")
    text.branch(text.value("icmp ult i64 %j, %n"), "one", "done")
    text.label("one")
    text.line(f"%u = getelementptr i64, ptr %out, i64 {text.value(f'mul i64 %j, {words}')}")
    text.line("%h = call i64 @hash(ptr %u)")
    low = text.value(f"and i64 {text.value('lshr i64 %h, 20')}, {FILTER - 1}")
    cell = state_at(text, "%filter", low, words)
    text.branch(text.value(f"call i1 @same(ptr %u, ptr {cell})"), "next", "keep")
    text.label("keep")
    copy_state(text, "%u", cell, words)
    copy_state(text, "%u", state_at(text, "%out", "%kept", words), words)
    came = text.value("getelementptr i32, ptr %origin, i64 %j")
    goes = text.value("getelementptr i32, ptr %origin, i64 %kept")
    text.line(f"store i32 {text.value(f'load i32, ptr {came}')}, ptr {goes}")
    text.line(f"store i64 %h, ptr {text.value('getelementptr i64, ptr %hashes, i64 %kept')}")
    slot = text.value("and i64 %h, %mask")
    ahead = text.value(f"getelementptr i32, ptr %table, i64 {slot}")
    text.line(f"call void @llvm.prefetch.p0(ptr {ahead}, i32 1, i32 2, i32 1)")
    text.line("%kept.more = add i64 %kept, 1")
    text.line("br label %next")
    text.label("next")
    text.line("%kept.next = phi i64 [%kept, %one], [%kept.more, %keep]")
    text.line("%j.next = add i64 %j, 1")
    text.line("br label %loop")
    text.label("done")
    text.line("ret i64 %kept")
    text.line("}")
