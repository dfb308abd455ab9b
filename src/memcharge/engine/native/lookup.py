# SPDX-License-Identifier: GPL-2.0-only
"""`@look_up(ctx, n)`: append those of the first n states of `out` that are new."""

from __future__ import annotations

from memcharge.engine.native.context import addresses, get, load
from memcharge.engine.native.pieces import state_at
from memcharge.engine.native.text import Text


def lookup_text(text: Text, words: int) -> None:
    """Write `@hash_all` and `@look_up`."""
    _hash_all(text, words)
    text.line("define internal void @look_up(ptr %ctx, i64 %n) {")
    text.line("entry:")
    addresses(text, "out", "origin", "hashes", "filter")
    load(text, "out", "origin", "hashes", "filter")
    text.line("call void @hash_all(ptr %ctx, i64 %n)")
    text.line("br label %loop")
    text.label("loop")
    text.line("%k = phi i64 [0, %entry], [%k.next, %known]")
    text.branch(text.value("icmp eq i64 %k, %n"), "end", "one")
    text.label("one")
    state = state_at(text, "%out", "%k", words)
    address = text.value("getelementptr i64, ptr %hashes, i64 %k")
    text.line(f"%h = load i64, ptr {address}")
    seen = text.value(f"call i1 @filtered(ptr %filter, ptr {state}, i64 %h)")
    text.branch(seen, "known", "unfiltered")
    text.label("unfiltered")
    origin = text.value("getelementptr i32, ptr %origin, i64 %k")
    parent = text.value(f"load i32, ptr {origin}")
    text.line(f"call void @enter(ptr %ctx, ptr {state}, i64 %h, i32 {parent})")
    text.line("br label %known")
    text.label("known")
    text.line("%k.next = add i64 %k, 1")
    text.line("br label %loop")
    text.label("end")
    text.line("ret void")
    text.line("}")


def _hash_all(text: Text, words: int) -> None:
    """`@hash_all(ctx, n)`: hash them, and ask for the memory that they will be looked up in."""
    text.line("define internal void @hash_all(ptr %ctx, i64 %n) {")
    text.line("entry:")
    addresses(text, "out", "hashes", "table", "mask")
    load(text, "out", "hashes", "table")
    mask = get(text, "mask")
    text.line("br label %loop")
    text.label("loop")
    text.line("%j = phi i64 [0, %entry], [%j.next, %one]")
    text.branch(text.value("icmp eq i64 %j, %n"), "end", "one")
    text.label("one")
    state = state_at(text, "%out", "%j", words)
    value = text.value(f"call i64 @hash(ptr {state})")
    address = text.value("getelementptr i64, ptr %hashes, i64 %j")
    text.line(f"store i64 {value}, ptr {address}")
    slot = text.value(f"and i64 {value}, {mask}")
    ahead = text.value(f"getelementptr i64, ptr %table, i64 {slot}")
    text.line(f"call void @llvm.prefetch.p0(ptr {ahead}, i32 0, i32 1, i32 1)")
    text.line("%j.next = add i64 %j, 1")
    text.line("br label %loop")
    text.label("end")
    text.line("ret void")
    text.line("}")
