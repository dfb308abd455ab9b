# SPDX-License-Identifier: GPL-2.0-only
"""The search itself as LLVM text: expand a batch, filter, hash, probe, verify, append.

States are appended in breadth-first order with the number of the state that
they were reached from.  The table holds for each state a tag of 24 bits and
its number; a tag that matches is verified against the whole state, so the
search is exact.  A small direct-mapped filter of whole states catches most
duplicates before they cost a cache miss.
"""

from __future__ import annotations

from memcharge.engine.native.packing import Bits
from memcharge.engine.native.pieces import (
    broken_text,
    copy_state,
    hash_text,
    same_text,
    state_at,
)
from memcharge.engine.native.text import Text

# What `@run` shares with its caller, as 64-bit numbers.
FIELDS = (
    "states",  # address of the states
    "parents",  # address of 32-bit state numbers
    "table",  # address of the table of (tag, number + 1), 0 where empty
    "mask",  # its length less one
    "count",  # states found
    "current",  # states expanded
    "level_end",  # the first state of the next level
    "depth",
    "transitions",
    "finals",  # address of 64-bit state numbers
    "final_count",
    "final_room",
    "broken",  # address of a state number for each property, -1 if none breaks it
    "pending",  # always-properties not broken yet, as bits
    "avoid",  # properties whose breaches are not expanded, as bits
    "stop",  # expand so many states, then return
    "room",  # states for which there is room
    "out",  # address of room for successors
    "origin",  # address of 32-bit numbers, the states they come from
    "hashes",  # address of their hashes
    "filter",  # address of FILTER whole states
)
FINISHED, STOPPED, FULL, FINALS_FULL, OVERFLOW = range(5)

BATCH = 64  # states expanded before their successors are looked up
FILTER = 1 << 14  # states in the filter
SUCCESSORS = 1 << 15  # room for the successors of one batch
PER_STEP = 1 << 10  # alternatives of one step at most


def core_text(text: Text, words: int, cpus: int, always: list[int], finding: Bits) -> None:
    """Write `@run`, `@rehash` and what they call.

    `always` are the numbers of the properties of every state.
    """
    broken_text(text, always)
    hash_text(text, words)
    same_text(text, words)
    _rehash(text, words)
    _run(text, words, cpus, finding)


def _shared(name: str) -> str:
    """The address of a shared field, computed at the start of each function."""
    return f"%c.{name}"


def _get(text: Text, name: str, kind: str = "i64") -> str:
    return text.value(f"load {kind}, ptr {_shared(name)}")


def _put(text: Text, name: str, value: str) -> None:
    text.line(f"store i64 {value}, ptr {_shared(name)}")


def _addresses(text: Text) -> None:
    for number, name in enumerate(FIELDS):
        text.line(f"{_shared(name)} = getelementptr i64, ptr %ctx, i64 {number}")


def _rehash(text: Text, words: int) -> None:
    """`@rehash(ctx)`: enter all states into a new, empty table."""
    text.line("define void @rehash(ptr %ctx) {")
    text.line("entry:")
    _addresses(text)
    table, states = _get(text, "table", "ptr"), _get(text, "states", "ptr")
    mask, count = _get(text, "mask"), _get(text, "count")
    text.line("br label %loop")
    text.label("loop")
    text.line("%i = phi i64 [0, %entry], [%i.next, %enter]")
    over = text.value(f"icmp eq i64 %i, {count}")
    text.branch(over, "over", "one")
    text.label("one")
    first = text.value(f"mul i64 %i, {words}")
    state = text.value(f"getelementptr i64, ptr {states}, i64 {first}")
    text.line(f"%h = call i64 @hash(ptr {state})")
    text.line("br label %probe")
    text.label("probe")
    text.line("%p = phi i64 [%h, %one], [%p.next, %taken]")
    slot = text.value(f"and i64 %p, {mask}")
    address = text.value(f"getelementptr i64, ptr {table}, i64 {slot}")
    entry = text.value(f"load i64, ptr {address}")
    empty = text.value(f"icmp eq i64 {entry}, 0")
    text.branch(empty, "enter", "taken")
    text.label("taken")
    text.line("%p.next = add i64 %p, 1")
    text.line("br label %probe")
    text.label("enter")
    text.line("%i.next = add i64 %i, 1")
    tag = text.value("and i64 %h, -1099511627776")
    text.line(f"store i64 {text.value(f'or i64 {tag}, %i.next')}, ptr {address}")
    text.line("br label %loop")
    text.label("over")
    text.line("ret void")
    text.line("}")


def _run(text: Text, words: int, cpus: int, finding: Bits) -> None:
    """`@run(ctx)`: expand until finished, stopped, full, or something does not fit."""
    text.line("define i64 @run(ptr %ctx) {")
    text.line("entry:")
    _addresses(text)
    text.line("%total = alloca i64")
    for name in ("states", "parents", "table", "finals", "broken", "out", "origin", "hashes"):
        text.line(f"%{name} = load ptr, ptr {_shared(name)}")
    text.line(f"%filter = load ptr, ptr {_shared('filter')}")
    text.line(f"%mask = load i64, ptr {_shared('mask')}")
    text.line("br label %outer")
    _batch(text)
    _expand(text, words, cpus, finding)
    _hashing(text, words)
    _looking_up(text, words)
    for name, code in (
        ("finished", FINISHED),
        ("stopped", STOPPED),
        ("full", FULL),
        ("finals.full", FINALS_FULL),
        ("overflow", OVERFLOW),
    ):
        text.label(name)
        text.line(f"ret i64 {code}")
    text.line("}")


def _batch(text: Text) -> None:
    """Which states come next: not beyond the level, so that the depth is exact."""
    text.label("outer")
    text.line(f"%current = load i64, ptr {_shared('current')}")
    count = _get(text, "count")
    text.branch(text.value(f"icmp eq i64 %current, {count}"), "finished", "more")
    text.label("more")
    end = _get(text, "level_end")
    text.branch(text.value(f"icmp eq i64 %current, {end}"), "level", "same.level")
    text.label("level")
    deeper = text.value(f"add i64 {_get(text, 'depth')}, 1")
    _put(text, "depth", deeper)
    _put(text, "level_end", count)
    text.line("br label %same.level")
    text.label("same.level")
    stop = text.value(f"icmp sge i64 %current, {_get(text, 'stop')}")
    text.branch(stop, "stopped", "room")
    text.label("room")
    needed = text.value(f"add i64 {count}, {SUCCESSORS}")
    full = text.value(f"icmp sgt i64 {needed}, {_get(text, 'room')}")
    text.branch(full, "full", "final.room")
    text.label("final.room")
    finals = text.value(f"add i64 {_get(text, 'final_count')}, {BATCH}")
    full = text.value(f"icmp sgt i64 {finals}, {_get(text, 'final_room')}")
    text.branch(full, "finals.full", "batch")
    text.label("batch")
    far = text.value(f"add i64 %current, {BATCH}")
    end = _get(text, "level_end")
    nearer = text.value(f"icmp slt i64 {far}, {end}")
    text.line(f"%last = select i1 {nearer}, i64 {far}, i64 {end}")
    text.line("store i64 0, ptr %total")
    text.line(f"%avoid = load i64, ptr {_shared('avoid')}")
    text.line("%careful = icmp ne i64 %avoid, 0")
    text.line("br label %expand")


def _expand(text: Text, words: int, cpus: int, finding: Bits) -> None:
    """Write the successors of every state of the batch to `out`."""
    text.label("expand")
    text.line("%i = phi i64 [%current, %batch], [%i.next, %expanded]")
    before = text.value("load i64, ptr %total")
    over = text.value("icmp eq i64 %i, %last")
    crowded = text.value(f"icmp sgt i64 {before}, {SUCCESSORS - cpus * PER_STEP}")
    text.branch(text.value(f"or i1 {over}, {crowded}"), "hashing", "one")
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
    finals = _get(text, "final_count")
    address = text.value(f"getelementptr i64, ptr %finals, i64 {finals}")
    text.line(f"store i64 %i, ptr {address}")
    _put(text, "final_count", text.value(f"add i64 {finals}, 1"))
    text.line("br label %expanded")
    text.label("expanded")
    text.line("br label %expand")


def _hashing(text: Text, words: int) -> None:
    """Hash every successor, and ask for the memory that it will be looked up in."""
    text.label("hashing")
    text.line("%n = load i64, ptr %total")
    _put(text, "current", "%i")
    _put(text, "transitions", text.value(f"add i64 {_get(text, 'transitions')}, %n"))
    text.line("br label %hash.loop")
    text.label("hash.loop")
    text.line("%j = phi i64 [0, %hashing], [%j.next, %hash.one]")
    text.branch(text.value("icmp eq i64 %j, %n"), "probing", "hash.one")
    text.label("hash.one")
    state = state_at(text, "%out", "%j", words)
    value = text.value(f"call i64 @hash(ptr {state})")
    address = text.value("getelementptr i64, ptr %hashes, i64 %j")
    text.line(f"store i64 {value}, ptr {address}")
    slot = text.value(f"and i64 {value}, %mask")
    ahead = text.value(f"getelementptr i64, ptr %table, i64 {slot}")
    text.line(f"call void @llvm.prefetch.p0(ptr {ahead}, i32 0, i32 1, i32 1)")
    text.line("%j.next = add i64 %j, 1")
    text.line("br label %hash.loop")


def _looking_up(text: Text, words: int) -> None:
    """Look every successor up, and append it if it is new."""
    text.label("probing")
    text.line("br label %probe.loop")
    text.label("probe.loop")
    text.line("%k = phi i64 [0, %probing], [%k.next, %known]")
    text.branch(text.value("icmp eq i64 %k, %n"), "outer", "probe.one")
    text.label("probe.one")
    first = text.value(f"mul i64 %k, {words}")
    text.line(f"%u = getelementptr i64, ptr %out, i64 {first}")
    address = text.value("getelementptr i64, ptr %hashes, i64 %k")
    text.line(f"%h = load i64, ptr {address}")
    low = text.value(f"and i64 {text.value('lshr i64 %h, 20')}, {FILTER - 1}")
    text.line(
        f"%cell = getelementptr i64, ptr %filter, i64 {text.value(f'mul i64 {low}, {words}')}"
    )
    text.branch(text.value("call i1 @same(ptr %u, ptr %cell)"), "known", "unfiltered")
    text.label("unfiltered")
    copy_state(text, "%u", "%cell", words)
    text.line("%tag = and i64 %h, -1099511627776")
    text.line("br label %probe")
    text.label("probe")
    text.line("%p = phi i64 [%h, %unfiltered], [%p.next, %other]")
    text.line(f"%slot = getelementptr i64, ptr %table, i64 {text.value('and i64 %p, %mask')}")
    text.line("%entry.found = load i64, ptr %slot")
    text.branch(text.value("icmp eq i64 %entry.found, 0"), "new", "occupied")
    text.label("occupied")
    theirs = text.value("and i64 %entry.found, -1099511627776")
    text.branch(text.value(f"icmp eq i64 {theirs}, %tag"), "verify", "other")
    text.label("verify")
    number = text.value("and i64 %entry.found, 1099511627775")
    index = text.value(f"sub i64 {number}, 1")
    state = state_at(text, "%states", index, words)
    text.branch(text.value(f"call i1 @same(ptr %u, ptr {state})"), "known", "other")
    text.label("other")
    text.line("%p.next = add i64 %p, 1")
    text.line("br label %probe")
    _appending(text, words)
    text.label("known")
    text.line("%k.next = add i64 %k, 1")
    text.line("br label %probe.loop")


def _appending(text: Text, words: int) -> None:
    """Append the state `%u`, and judge it by the properties that nothing has broken yet."""
    text.label("new")
    text.line(f"%number = load i64, ptr {_shared('count')}")
    place = state_at(text, "%states", "%number", words)
    copy_state(text, "%u", place, words)
    origin = text.value("getelementptr i32, ptr %origin, i64 %k")
    parent = text.value(f"load i32, ptr {origin}")
    text.line(
        f"store i32 {parent}, ptr {text.value('getelementptr i32, ptr %parents, i64 %number')}"
    )
    text.line("%count.next = add i64 %number, 1")
    _put(text, "count", "%count.next")
    text.line(f"store i64 {text.value('or i64 %tag, %count.next')}, ptr %slot")
    text.line(f"%pending = load i64, ptr {_shared('pending')}")
    text.branch(text.value("icmp eq i64 %pending, 0"), "known", "judge")
    text.label("judge")
    text.line("%bad = call i64 @broken(ptr %u, i64 %pending)")
    text.branch(text.value("icmp eq i64 %bad, 0"), "known", "note")
    _noting(text)


def _noting(text: Text) -> None:
    """Note the state as the first to break each property of `%bad`."""
    text.label("note")
    text.line("%rest = phi i64 [%bad, %judge], [%rest.next, %note]")
    bit = text.value("call i64 @llvm.cttz.i64(i64 %rest, i1 true)")
    address = text.value(f"getelementptr i64, ptr %broken, i64 {bit}")
    text.line(f"store i64 %number, ptr {address}")
    less = text.value("sub i64 %rest, 1")
    text.line(f"%rest.next = and i64 %rest, {less}")
    gone = text.value("xor i64 %bad, -1")
    _put(text, "pending", text.value(f"and i64 %pending, {gone}"))
    text.branch(text.value("icmp eq i64 %rest.next, 0"), "known", "note")


DECLARATIONS = (
    "declare void @llvm.prefetch.p0(ptr, i32, i32, i32)",
    "declare i64 @llvm.cttz.i64(i64, i1)",
)
