# SPDX-License-Identifier: GPL-2.0-only
"""One worker's part of the search as LLVM text: expand, keep what is its own, post the rest.

`%post` is a record of 64-bit numbers, as `%ctx` is: POST names them.
"""

from __future__ import annotations

from functools import cache

from memcharge.engine.native.core import pieces_text
from memcharge.engine.native.machine import CORE, Compiled
from memcharge.engine.native.packing import Bits
from memcharge.engine.native.pieces import copy_state, state_at
from memcharge.engine.native.record import (
    BATCH,
    FINISHED,
    FULL,
    OVERFLOW,
    STOPPED,
    SUCCESSORS,
    Record,
)
from memcharge.engine.native.text import Text

POST = (
    "worker",  # whose part this is
    "workers",  # how many there are
    "states",  # address of the addresses of the states that go to each
    "parents",  # address of the addresses of their 32-bit parents
    "sent",  # address of how many go to each
    "total",  # how many go to anyone
    "room",  # how many may
)
CROWDED = OVERFLOW + 1  # the last of the codes: no more can be posted
AHEAD = 256  # states that came whose memory is asked for at once


@cache
def partitioned(words: int, cpus: int, finding: Bits) -> Compiled:
    """The part of a search over states of so many words, compiled."""
    text = pieces_text(words, cpus, finding)
    _owner(text)
    _scatter(text, words)
    _spread(text)
    _receive(text, words)
    _owners(text, words)
    return Compiled(text.whole(), CORE)


def _post(text: Text, *names: str) -> None:
    for name in names:
        text.line(f"%post.{name} = getelementptr i64, ptr %post, i64 {POST.index(name)}")


def _owner(text: Text) -> None:
    """`@owner(hash, workers)`: to whom a state belongs, by bits that the tables do not use."""
    text.line("define internal i64 @owner(i64 %h, i64 %workers) alwaysinline {")
    text.line("entry:")
    middle = text.value(f"and i64 {text.value('lshr i64 %h, 8')}, 4294967295")
    share = text.value(f"mul i64 {middle}, %workers")
    text.line(f"ret i64 {text.value(f'lshr i64 {share}, 32')}")
    text.line("}")


def _scatter(text: Text, words: int) -> None:
    """`@scatter(ctx, post, n)`: post those of n successors that belong to others; how many stay.

    A parent's number becomes its number here times the workers, plus the worker.
    """
    text.line("define internal i64 @scatter(ptr %ctx, ptr %post, i64 %n) {")
    text.line("entry:")
    Record(text, "out", "origin", "hashes")
    _post(text, *POST[:-1])
    for name in ("out", "origin", "hashes"):
        text.line(f"%{name} = load ptr, ptr %at.{name}")
    for name in ("worker", "workers"):
        text.line(f"%{name} = load i64, ptr %post.{name}")
    for name in ("states", "parents", "sent"):
        text.line(f"%{name} = load ptr, ptr %post.{name}")
    text.line("%narrow.workers = trunc i64 %workers to i32")
    text.line("%narrow.worker = trunc i64 %worker to i32")
    text.line("br label %loop")
    text.label("loop")
    text.line("%k = phi i64 [0, %entry], [%k.next, %next]")
    text.line("%kept = phi i64 [0, %entry], [%kept.next, %next]")
    text.branch(text.value("icmp ult i64 %k, %n"), "one", "done")
    text.label("one")
    text.line(f"%h = load i64, ptr {text.value('getelementptr i64, ptr %hashes, i64 %k')}")
    text.line(f"%here = load i32, ptr {text.value('getelementptr i32, ptr %origin, i64 %k')}")
    text.line("%scaled = mul i32 %here, %narrow.workers")
    text.line("%parent = add i32 %scaled, %narrow.worker")
    text.line("%owner = call i64 @owner(i64 %h, i64 %workers)")
    text.line(f"%u = getelementptr i64, ptr %out, i64 {text.value(f'mul i64 %k, {words}')}")
    text.branch(text.value("icmp eq i64 %owner, %worker"), "keep", "send")
    text.label("keep")
    copy_state(text, "%u", state_at(text, "%out", "%kept", words), words)
    place = text.value("getelementptr i32, ptr %origin, i64 %kept")
    text.line(f"store i32 %parent, ptr {place}")
    text.line(f"store i64 %h, ptr {text.value('getelementptr i64, ptr %hashes, i64 %kept')}")
    text.line("%kept.more = add i64 %kept, 1")
    text.line("br label %next")
    text.label("send")
    text.line("%count.at = getelementptr i64, ptr %sent, i64 %owner")
    text.line("%at = load i64, ptr %count.at")
    text.line(f"store i64 {text.value('add i64 %at, 1')}, ptr %count.at")
    for name in ("states", "parents"):
        box = text.value(f"getelementptr ptr, ptr %{name}, i64 %owner")
        text.line(f"%{name}.box = load ptr, ptr {box}")
    copy_state(text, "%u", state_at(text, "%states.box", "%at", words), words)
    place = text.value("getelementptr i32, ptr %parents.box, i64 %at")
    text.line(f"store i32 %parent, ptr {place}")
    text.line("br label %next")
    text.label("next")
    text.line("%kept.next = phi i64 [%kept.more, %keep], [%kept, %send]")
    text.line("%k.next = add i64 %k, 1")
    text.line("br label %loop")
    text.label("done")
    gone = text.value("sub i64 %n, %kept")
    total = text.value("load i64, ptr %post.total")
    text.line(f"store i64 {text.value(f'add i64 {total}, {gone}')}, ptr %post.total")
    text.line("ret i64 %kept")
    text.line("}")


def _spread(text: Text) -> None:
    """`@spread(ctx, post)`: expand until the level ends, or as long as there is room; why it ended.

    FINISHED is the end of the level here.
    """
    text.line("define i64 @spread(ptr %ctx, ptr %post) {")
    text.line("entry:")
    Record(text, "count", "current", "level_end", "stop", "room", "out", "origin", "hashes")
    _post(text, "total", "room")
    for name in ("out", "origin", "hashes"):
        text.line(f"%{name} = load ptr, ptr %at.{name}")
    for name in ("stop", "room", "level_end"):
        text.line(f"%{name} = load i64, ptr %at.{name}")
    text.line("%most = load i64, ptr %post.room")
    text.line("br label %outer")
    text.label("outer")
    text.line("%current = load i64, ptr %at.current")
    text.line("%count = load i64, ptr %at.count")
    text.branch(text.value("icmp sge i64 %current, %level_end"), "finished", "more")
    text.label("more")
    text.branch(text.value("icmp sge i64 %current, %stop"), "stopped", "going")
    text.label("going")
    needed = text.value(f"add i64 %count, {SUCCESSORS}")
    text.branch(text.value(f"icmp sgt i64 {needed}, %room"), "full", "fitting")
    text.label("fitting")
    posted = text.value("load i64, ptr %post.total")
    needed = text.value(f"add i64 {posted}, {SUCCESSORS}")
    text.branch(text.value(f"icmp sgt i64 {needed}, %most"), "crowded", "batch")
    text.label("batch")
    far = text.value(f"add i64 %current, {BATCH}")
    nearer = text.value(f"icmp slt i64 {far}, %level_end")
    last = text.value(f"select i1 {nearer}, i64 {far}, i64 %level_end")
    text.line(f"%made = call i64 @expand(ptr %ctx, i64 {last})")
    text.branch(text.value("icmp slt i64 %made, 0"), "overflow", "made.some")
    text.label("made.some")
    kept = text.value("call i64 @sift(ptr %ctx, i64 %made)")
    mine = text.value(f"call i64 @scatter(ptr %ctx, ptr %post, i64 {kept})")
    text.line(f"call void @enter(ptr %ctx, ptr %out, ptr %origin, ptr %hashes, i64 {mine})")
    text.line("br label %outer")
    for name, code in (
        ("finished", FINISHED),
        ("stopped", STOPPED),
        ("full", FULL),
        ("overflow", OVERFLOW),
        ("crowded", CROWDED),
    ):
        text.label(name)
        text.line(f"ret i64 {code}")
    text.line("}")


def _receive(text: Text, words: int) -> None:
    """`@receive(ctx, states, parents, n)`: append those of n states from elsewhere that are new."""
    text.line("define void @receive(ptr %ctx, ptr %from, ptr %parents, i64 %n) {")
    text.line("entry:")
    Record(text, "hashes", "table", "mask")
    text.line("%hashes = load ptr, ptr %at.hashes")
    text.line("%table = load ptr, ptr %at.table")
    text.line("%mask = load i64, ptr %at.mask")
    text.line("br label %batch")
    text.label("batch")
    text.line("%first = phi i64 [0, %entry], [%last, %hashed]")
    text.branch(text.value("icmp ult i64 %first, %n"), "some", "done")
    text.label("some")
    far = text.value(f"add i64 %first, {AHEAD}")
    nearer = text.value(f"icmp ult i64 {far}, %n")
    text.line(f"%last = select i1 {nearer}, i64 {far}, i64 %n")
    text.line("br label %hash.loop")
    text.label("hash.loop")
    text.line("%i = phi i64 [%first, %some], [%i.next, %hash.loop]")
    value = text.value(f"call i64 @hash(ptr {state_at(text, '%from', '%i', words)})")
    place = text.value(f"getelementptr i64, ptr %hashes, i64 {text.value('sub i64 %i, %first')}")
    text.line(f"store i64 {value}, ptr {place}")
    slot = text.value(f"and i64 {value}, %mask")
    ahead = text.value(f"getelementptr i32, ptr %table, i64 {slot}")
    text.line(f"call void @llvm.prefetch.p0(ptr {ahead}, i32 1, i32 2, i32 1)")
    text.line("%i.next = add i64 %i, 1")
    text.branch(text.value("icmp ult i64 %i.next, %last"), "hash.loop", "hashed")
    text.label("hashed")
    states = state_at(text, "%from", "%first", words)
    origin = text.value("getelementptr i32, ptr %parents, i64 %first")
    size = text.value("sub i64 %last, %first")
    text.line(f"call void @enter(ptr %ctx, ptr {states}, ptr {origin}, ptr %hashes, i64 {size})")
    text.line("br label %batch")
    text.label("done")
    text.line("ret void")
    text.line("}")


def _owners(text: Text, words: int) -> None:
    """`@owners(states, n, workers, owners)`: write to 32-bit `owners` whose each state is."""
    text.line("define void @owners(ptr %from, i64 %n, i64 %workers, ptr %owners) {")
    text.line("entry:")
    text.line("br label %loop")
    text.label("loop")
    text.line("%i = phi i64 [0, %entry], [%i.next, %one]")
    text.branch(text.value("icmp ult i64 %i, %n"), "one", "done")
    text.label("one")
    value = text.value(f"call i64 @hash(ptr {state_at(text, '%from', '%i', words)})")
    owner = text.value(f"call i64 @owner(i64 {value}, i64 %workers)")
    narrow = text.value(f"trunc i64 {owner} to i32")
    text.line(f"store i32 {narrow}, ptr {text.value('getelementptr i32, ptr %owners, i64 %i')}")
    text.line("%i.next = add i64 %i, 1")
    text.line("br label %loop")
    text.label("done")
    text.line("ret void")
    text.line("}")
