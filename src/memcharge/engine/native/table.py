# SPDX-License-Identifier: GPL-2.0-only
"""The table of states, and the filter before it.

The table holds for each state a tag of 24 bits and its number; a tag that
matches is verified against the whole state, so the search is exact.  A small
direct-mapped filter of whole states catches most duplicates before they cost a
cache miss.
"""

from __future__ import annotations

from memcharge.engine.native.context import addresses, get, load, put, shared
from memcharge.engine.native.pieces import copy_state, state_at
from memcharge.engine.native.text import Text

FILTER = 1 << 14  # states in the filter
TAG = -1 << 40  # the bits of an entry that are a state's tag


def table_text(text: Text, words: int) -> None:
    """Write `@filtered`, `@enter` and `@rehash`."""
    _filtered(text, words)
    _enter(text, words)
    _rehash(text, words)


def _filtered(text: Text, words: int) -> None:
    """`@filtered(filter, state, hash)`: whether the filter has the state; afterwards it does."""
    text.line("define internal i1 @filtered(ptr %filter, ptr %u, i64 %h) alwaysinline {")
    text.line("entry:")
    low = text.value(f"and i64 {text.value('lshr i64 %h, 20')}, {FILTER - 1}")
    text.line(
        f"%cell = getelementptr i64, ptr %filter, i64 {text.value(f'mul i64 {low}, {words}')}"
    )
    text.branch(text.value("call i1 @same(ptr %u, ptr %cell)"), "yes", "no")
    text.label("no")
    copy_state(text, "%u", "%cell", words)
    text.line("ret i1 false")
    text.label("yes")
    text.line("ret i1 true")
    text.line("}")


def _enter(text: Text, words: int) -> None:
    """`@enter(ctx, state, hash, parent)`: append the state if the table does not have it."""
    text.line("define internal void @enter(ptr %ctx, ptr %u, i64 %h, i32 %parent) alwaysinline {")
    text.line("entry:")
    addresses(text, "states", "parents", "table", "mask", "count", "broken", "pending")
    load(text, "states", "table")
    text.line(f"%mask = load i64, ptr {shared('mask')}")
    text.line(f"%tag = and i64 %h, {TAG}")
    text.line("br label %probe")
    text.label("probe")
    text.line("%p = phi i64 [%h, %entry], [%p.next, %other]")
    text.line(f"%slot = getelementptr i64, ptr %table, i64 {text.value('and i64 %p, %mask')}")
    text.line("%found = load i64, ptr %slot")
    text.branch(text.value("icmp eq i64 %found, 0"), "new", "occupied")
    text.label("occupied")
    theirs = text.value(f"and i64 %found, {TAG}")
    text.branch(text.value(f"icmp eq i64 {theirs}, %tag"), "verify", "other")
    text.label("verify")
    number = text.value(f"and i64 %found, {~TAG}")
    state = state_at(text, "%states", text.value(f"sub i64 {number}, 1"), words)
    text.branch(text.value(f"call i1 @same(ptr %u, ptr {state})"), "known", "other")
    text.label("other")
    text.line("%p.next = add i64 %p, 1")
    text.line("br label %probe")
    _append(text, words)
    text.label("known")
    text.line("ret void")
    text.line("}")


def _append(text: Text, words: int) -> None:
    """Append the state `%u`, and judge it by the properties that nothing has broken yet."""
    text.label("new")
    load(text, "parents")
    text.line(f"%number = load i64, ptr {shared('count')}")
    place = state_at(text, "%states", "%number", words)
    copy_state(text, "%u", place, words)
    at = text.value("getelementptr i32, ptr %parents, i64 %number")
    text.line(f"store i32 %parent, ptr {at}")
    text.line("%count.next = add i64 %number, 1")
    put(text, "count", "%count.next")
    text.line(f"store i64 {text.value('or i64 %tag, %count.next')}, ptr %slot")
    text.line(f"%pending = load i64, ptr {shared('pending')}")
    text.branch(text.value("icmp eq i64 %pending, 0"), "known", "judge")
    text.label("judge")
    text.line("%bad = call i64 @broken(ptr %u, i64 %pending)")
    text.branch(text.value("icmp eq i64 %bad, 0"), "known", "noting")
    _note(text)


def _note(text: Text) -> None:
    """Note the state as the first to break each property of `%bad`."""
    text.label("noting")
    load(text, "broken")
    text.line("br label %note")
    text.label("note")
    text.line("%rest = phi i64 [%bad, %noting], [%rest.next, %note]")
    bit = text.value("call i64 @llvm.cttz.i64(i64 %rest, i1 true)")
    address = text.value(f"getelementptr i64, ptr %broken, i64 {bit}")
    text.line(f"store i64 %number, ptr {address}")
    less = text.value("sub i64 %rest, 1")
    text.line(f"%rest.next = and i64 %rest, {less}")
    gone = text.value("xor i64 %bad, -1")
    put(text, "pending", text.value(f"and i64 %pending, {gone}"))
    text.branch(text.value("icmp eq i64 %rest.next, 0"), "known", "note")


def _rehash(text: Text, words: int) -> None:
    """`@rehash(ctx)`: enter all states into a new, empty table."""
    text.line("define void @rehash(ptr %ctx) {")
    text.line("entry:")
    addresses(text, "states", "table", "mask", "count")
    load(text, "states", "table")
    mask, count = get(text, "mask"), get(text, "count")
    text.line("br label %loop")
    text.label("loop")
    text.line("%i = phi i64 [0, %entry], [%i.next, %enter]")
    over = text.value(f"icmp eq i64 %i, {count}")
    text.branch(over, "over", "one")
    text.label("one")
    state = state_at(text, "%states", "%i", words)
    text.line(f"%h = call i64 @hash(ptr {state})")
    text.line("br label %probe")
    text.label("probe")
    text.line("%p = phi i64 [%h, %one], [%p.next, %taken]")
    slot = text.value(f"and i64 %p, {mask}")
    address = text.value(f"getelementptr i64, ptr %table, i64 {slot}")
    entry = text.value(f"load i64, ptr {address}")
    empty = text.value(f"icmp eq i64 {entry}, 0")
    text.branch(empty, "enter", "taken")
    text.label("taken")
    text.line("%p.next = add i64 %p, 1")
    text.line("br label %probe")
    text.label("enter")
    text.line("%i.next = add i64 %i, 1")
    tag = text.value(f"and i64 %h, {TAG}")
    text.line(f"store i64 {text.value(f'or i64 {tag}, %i.next')}, ptr {address}")
    text.line("br label %loop")
    text.label("over")
    text.line("ret void")
    text.line("}")
