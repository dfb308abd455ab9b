# SPDX-License-Identifier: GPL-2.0-only
"""The table of all states as LLVM text: look up, verify, append; enter again after it grew.

An entry is 32 bits: the state's number + 1, and above it as many bits of its
hash as there is room for.  Where those match, the whole state is compared, so
the search is exact.
"""

from __future__ import annotations

from memcharge.engine.native.pieces import copy_state, state_at
from memcharge.engine.native.record import BATCH, Record
from memcharge.engine.native.text import Text


def _tag(text: Text, value: str) -> None:
    """`%tag`: the bits of a hash that go into an entry, in their place."""
    high = text.value(f"lshr i64 {value}, 32")
    kept = text.value(f"and i64 {high}, %tag_mask")
    text.line(f"%tag = trunc i64 {kept} to i32")


def _masks(text: Text) -> None:
    text.line("%mask = load i64, ptr %at.mask")
    text.line("%index_mask = load i64, ptr %at.index_mask")
    text.line("%tag_mask = xor i64 %index_mask, 4294967295")


def enter_text(text: Text, words: int) -> None:
    """`@enter(ctx, out, origin, hashes, n)`: append those of `n` states that are new.

    There must be room for all of them.
    """
    text.line("define void @enter(ptr %ctx, ptr %out, ptr %origin, ptr %hashes, i64 %n) {")
    text.line("entry:")
    record = Record(
        text, "states", "parents", "table", "mask", "index_mask", "count", "entered", "pending",
        "broken", "judge",
    )  # fmt: skip
    for name in ("states", "parents", "table", "broken", "judge"):
        text.line(f"%{name} = load ptr, ptr %at.{name}")
    _masks(text)
    text.line("%begin = load i64, ptr %at.count")
    _ask_ahead(text, words)
    text.label("loop")
    text.line("%k = phi i64 [0, %ask], [%k.next, %known]")
    text.line("%count = phi i64 [%begin, %ask], [%count.next, %known]")
    text.branch(text.value("icmp ult i64 %k, %n"), "one", "done")
    text.label("one")
    text.line(f"%u = getelementptr i64, ptr %out, i64 {text.value(f'mul i64 %k, {words}')}")
    address = text.value("getelementptr i64, ptr %hashes, i64 %k")
    text.line(f"%h = load i64, ptr {address}")
    _tag(text, "%h")
    text.line("br label %probe")
    _probing(text, words)
    _appending(text, words)
    text.label("known")
    text.line(
        "%count.next = phi i64 [%count, %verify], [%more, %new], [%more, %judge.it], [%more, %note]"
    )
    text.line("%k.next = add i64 %k, 1")
    text.line("br label %loop")
    text.label("done")
    record.put("count", "%count")
    record.put("entered", "%count")
    text.line("ret void")
    text.line("}")


def find_text(text: Text, words: int) -> None:
    """`@find(ctx, out, hashes, n, numbers)`: the numbers of `n` states that the table holds."""
    text.line("define void @find(ptr %ctx, ptr %out, ptr %hashes, i64 %n, ptr %numbers) {")
    text.line("entry:")
    Record(text, "states", "table", "mask", "index_mask")
    for name in ("states", "table"):
        text.line(f"%{name} = load ptr, ptr %at.{name}")
    _masks(text)
    _ask_ahead(text, words)
    text.label("loop")
    text.line("%k = phi i64 [0, %ask], [%k.next, %known]")
    text.branch(text.value("icmp ult i64 %k, %n"), "one", "done")
    text.label("one")
    text.line(f"%u = getelementptr i64, ptr %out, i64 {text.value(f'mul i64 %k, {words}')}")
    text.line(f"%h = load i64, ptr {text.value('getelementptr i64, ptr %hashes, i64 %k')}")
    _tag(text, "%h")
    text.line("br label %probe")
    _probing(text, words)
    text.label("new")  # never, for the table holds it
    text.line("br label %known")
    text.label("known")
    text.line("%number = phi i32 [0, %new], [%theirs, %verify]")
    text.line(f"store i32 %number, ptr {text.value('getelementptr i32, ptr %numbers, i64 %k')}")
    text.line("%k.next = add i64 %k, 1")
    text.line("br label %loop")
    text.label("done")
    text.line("ret void")
    text.line("}")


def _ask_ahead(text: Text, words: int) -> None:
    """Ask for the states that the first entries name: most of them will be compared."""
    text.line("br label %ask")
    text.label("ask")
    text.line("%a = phi i64 [0, %entry], [%a.next, %ask.one]")
    text.branch(text.value("icmp ult i64 %a, %n"), "ask.one", "loop")
    text.label("ask.one")
    address = text.value("getelementptr i64, ptr %hashes, i64 %a")
    slot = text.value(f"and i64 {text.value(f'load i64, ptr {address}')}, %mask")
    place = text.value(f"getelementptr i32, ptr %table, i64 {slot}")
    found = text.value(f"zext i32 {text.value(f'load i32, ptr {place}')} to i64")
    number = text.value(f"and i64 {found}, %index_mask")
    ahead = state_at(text, "%states", text.value(f"sub i64 {number}, 1"), words)
    text.line(f"call void @llvm.prefetch.p0(ptr {ahead}, i32 0, i32 2, i32 1)")
    text.line("%a.next = add i64 %a, 1")
    text.line("br label %ask")


def _probing(text: Text, words: int) -> None:
    text.label("probe")
    text.line("%p = phi i64 [%h, %one], [%p.next, %other]")
    text.line(f"%slot = getelementptr i32, ptr %table, i64 {text.value('and i64 %p, %mask')}")
    text.line("%found = load i32, ptr %slot")
    text.branch(text.value("icmp eq i32 %found, 0"), "new", "taken")
    text.label("taken")
    apart = text.value("zext i32 {} to i64".format(text.value("xor i32 %found, %tag")))
    outside = text.value(f"and i64 {apart}, %tag_mask")
    text.branch(text.value(f"icmp eq i64 {outside}, 0"), "verify", "other")
    text.label("verify")
    text.line(f"%index = sub i64 {apart}, 1")
    text.line("%theirs = trunc i64 %index to i32")
    state = state_at(text, "%states", "%index", words)
    text.branch(text.value(f"call i1 @same(ptr %u, ptr {state})"), "known", "other")
    text.label("other")
    text.line("%p.next = add i64 %p, 1")
    text.line("br label %probe")


def _appending(text: Text, words: int) -> None:
    """Append the state `%u`, and judge it by the properties that nothing has broken yet."""
    text.label("new")
    copy_state(text, "%u", state_at(text, "%states", "%count", words), words)
    origin = text.value("getelementptr i32, ptr %origin, i64 %k")
    parent = text.value(f"load i32, ptr {origin}")
    place = text.value("getelementptr i32, ptr %parents, i64 %count")
    text.line(f"store i32 {parent}, ptr {place}")
    text.line("%more = add i64 %count, 1")
    number = text.value("trunc i64 %more to i32")
    text.line(f"store i32 {text.value(f'or i32 {number}, %tag')}, ptr %slot")
    text.line("%pending = load i64, ptr %at.pending")
    text.branch(text.value("icmp eq i64 %pending, 0"), "known", "judge.it")
    text.label("judge.it")
    text.line("%bad = call i64 %judge(ptr %u, i64 %pending)")
    text.branch(text.value("icmp eq i64 %bad, 0"), "known", "note")
    text.label("note")  # the first state to break each property of `%bad`
    text.line("%rest = phi i64 [%bad, %judge.it], [%rest.next, %note]")
    bit = text.value("call i64 @llvm.cttz.i64(i64 %rest, i1 true)")
    text.line(f"store i64 %count, ptr {text.value(f'getelementptr i64, ptr %broken, i64 {bit}')}")
    text.line(f"%rest.next = and i64 %rest, {text.value('sub i64 %rest, 1')}")
    left = text.value(f"and i64 %pending, {text.value('xor i64 %bad, -1')}")
    text.line(f"store i64 {left}, ptr %at.pending")
    text.branch(text.value("icmp eq i64 %rest.next, 0"), "known", "note")


def rehash_text(text: Text, words: int) -> None:
    """`@rehash(ctx, last)`: enter the states from `entered` to `last` into the table."""
    text.line("define void @rehash(ptr %ctx, i64 %last) {")
    text.line("entry:")
    record = Record(text, "states", "table", "mask", "index_mask", "entered", "hashes")
    for name in ("states", "table", "hashes"):
        text.line(f"%{name} = load ptr, ptr %at.{name}")
    _masks(text)
    text.line("%begin = load i64, ptr %at.entered")
    text.line("br label %batch")
    text.label("batch")
    text.line("%from = phi i64 [%begin, %entry], [%to, %enter.loop]")
    text.branch(text.value("icmp ult i64 %from, %last"), "some", "done")
    text.label("some")
    far = text.value(f"add i64 %from, {BATCH}")
    nearer = text.value(f"icmp ult i64 {far}, %last")
    text.line(f"%to = select i1 {nearer}, i64 {far}, i64 %last")
    text.line("br label %hash.loop")
    _hash_ahead(text, words)
    _enter_again(text)
    text.label("done")
    record.put("entered", "%last")
    text.line("ret void")
    text.line("}")


def _hash_ahead(text: Text, words: int) -> None:
    """Hash a batch, and ask for the memory that it goes to."""
    text.label("hash.loop")
    text.line("%i = phi i64 [%from, %some], [%i.next, %hash.loop]")
    value = text.value(f"call i64 @hash(ptr {state_at(text, '%states', '%i', words)})")
    place = text.value(f"getelementptr i64, ptr %hashes, i64 {text.value('sub i64 %i, %from')}")
    text.line(f"store i64 {value}, ptr {place}")
    ahead = text.value(
        "getelementptr i32, ptr %table, i64 {}".format(text.value(f"and i64 {value}, %mask"))
    )
    text.line(f"call void @llvm.prefetch.p0(ptr {ahead}, i32 1, i32 2, i32 1)")
    text.line("%i.next = add i64 %i, 1")
    text.branch(text.value("icmp ult i64 %i.next, %to"), "hash.loop", "enter.begin")


def _enter_again(text: Text) -> None:
    """Find the first empty entry for each; no two states are the same."""
    text.label("enter.begin")
    text.line("br label %one")
    text.label("one")
    text.line("%k = phi i64 [%from, %enter.begin], [%k.next, %enter]")
    place = text.value(f"getelementptr i64, ptr %hashes, i64 {text.value('sub i64 %k, %from')}")
    text.line(f"%h = load i64, ptr {place}")
    _tag(text, "%h")
    text.line("%k.next = add i64 %k, 1")
    text.line("br label %probe")
    text.label("probe")
    text.line("%p = phi i64 [%h, %one], [%p.next, %taken]")
    text.line(f"%slot = getelementptr i32, ptr %table, i64 {text.value('and i64 %p, %mask')}")
    empty = text.value(f"icmp eq i32 {text.value('load i32, ptr %slot')}, 0")
    text.branch(empty, "enter", "taken")
    text.label("taken")
    text.line("%p.next = add i64 %p, 1")
    text.line("br label %probe")
    text.label("enter")
    number = text.value("trunc i64 %k.next to i32")
    text.line(f"store i32 {text.value(f'or i32 {number}, %tag')}, ptr %slot")
    text.branch(text.value("icmp ult i64 %k.next, %to"), "one", "enter.loop")
    text.label("enter.loop")
    text.line("br label %batch")
