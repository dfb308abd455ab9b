# SPDX-License-Identifier: GPL-2.0-only
"""Which accesses of a witness a reader needs to see.

Shown are: changes of what the property is about; the decision before such a
change; the decision for which a function that elsewhere makes such a change
does not; accesses of different CPUs to one place that follow each other, for
they order the columns; findings; the step that breaks.
"""

from __future__ import annotations

from collections import defaultdict

from memcharge.report import names
from memcharge.trace import Access, Broken
from memcharge.trace.witness import Moment, breaking, moments, own_calls, watched

_Key = tuple[int, int]


def chosen(broken: Broken, *, everything: bool = False, locks: bool = False) -> list[Moment]:
    """The accesses that the diagram shows, in order."""
    every = [m for m in moments(broken) if not _inner_decision(m.access)]
    mark = breaking(broken)
    locks = locks or everything or broken.property == "deadlock"
    keep = {key(m) for m in every} if everything else _relevant(every, broken)
    shown = [m for m in every if m == mark or (locks if is_locking(m.access) else key(m) in keep)]
    return _once_per_step(shown, mark)


def key(moment: Moment) -> _Key:
    """What tells an access from all others of its trace."""
    return moment.step, moment.index


def is_locking(access: Access) -> bool:
    """Whether the access does nothing but lock, unlock or wait for a lock."""
    inner = access.calls[-1].function if access.calls[1:] else ""
    if access.kind in ("read", "test"):
        return names.is_lock("", inner)
    return access.kind in ("write", "wait") and names.is_lock(access.place, inner)


def lock_call(access: Access) -> str:
    """The call that locks or unlocks."""
    own = own_calls(access)
    return access.calls[len(own)].text if len(own) < len(access.calls) else access.text


def _relevant(every: list[Moment], broken: Broken) -> set[_Key]:
    places = watched(broken)
    changes = [m for m in every if _changes(m.access) and (m.access.place in places or not places)]
    ordering = _ordering(every)
    decides = _decided(every)
    keep = ordering | {key(m) for m in changes}
    keep |= {test for test, read in decides.items() if key(read) in ordering}
    keep |= {key(m) for m in every if m.access.kind in ("bug", "warn", "free")}
    keep |= _before_changes(
        every, changes, {k for k, r in decides.items() if r.access.place in places}
    )
    return keep | _refusals(every, changes)


def _inner_decision(access: Access) -> bool:
    """A test inside the vocabulary: its caller's test says the same in the caller's words."""
    return access.kind == "test" and len(own_calls(access)) < len(access.calls)


def _changes(access: Access) -> bool:
    return access.kind == "write" and access.old != access.new


def _ordering(every: list[Moment]) -> set[_Key]:
    """Accesses to one place by two CPUs that follow each other, one of them a write."""
    keep: set[_Key] = set()
    before: dict[str, Moment] = {}
    for moment in every:
        place = moment.access.place
        if moment.access.kind not in ("read", "write") or is_locking(moment.access):
            continue
        other = before.get(place)
        crosses = other is not None and other.cpu != moment.cpu
        if other and crosses and (_changes(other.access) or _changes(moment.access)):
            keep |= {key(other), key(moment)}
        if not (other and other.step == moment.step and other.access.kind == "write"):
            before[place] = moment
    return keep


def _decided(every: list[Moment]) -> dict[_Key, Moment]:
    """For each decision the read that it is taken on: the last one of its step, if its own."""
    found: dict[_Key, Moment] = {}
    read: Moment | None = None
    for moment in every:
        if moment.access.kind == "read" and not is_locking(moment.access):
            read = moment
        elif moment.access.kind in ("write", "wait") and not _indivisible(moment, read):
            read = None
        elif moment.access.kind == "test" and read and read.step == moment.step:
            calls = moment.access.calls
            if read.access.calls[: len(calls)] == calls:
                found[key(moment)] = read
            read = None
    return found


def _indivisible(write: Moment, read: Moment | None) -> bool:
    """Whether the write is the other half of an atomic that also tells what it read."""
    return read is not None and (read.step, read.access.place) == (write.step, write.access.place)


def _frame(moment: Moment) -> tuple[int, int]:
    own = own_calls(moment.access)
    return moment.cpu, own[-1].id if own else 0


def _before_changes(every: list[Moment], changes: list[Moment], candidates: set[_Key]) -> set[_Key]:
    """The last of these decisions in the function that then makes the change."""
    latest: dict[tuple[int, int], _Key] = {}
    changing = {key(m) for m in changes}
    keep = set()
    for moment in every:
        if key(moment) in candidates:
            latest[_frame(moment)] = key(moment)
        elif key(moment) in changing and _frame(moment) in latest:
            keep.add(latest.pop(_frame(moment)))
    return keep


def _refusals(every: list[Moment], changes: list[Moment]) -> set[_Key]:
    """The last decision of a call that changes nothing, of a function that elsewhere does."""
    makers = {own[-1].function for m in changes if len(own := own_calls(m.access)) > 1}
    busy = {(m.cpu, call.id) for m in changes for call in m.access.calls}
    last: dict[tuple[int, int], _Key] = {}
    for moment in every:
        own = own_calls(moment.access)
        idle = own and own[-1].function in makers and _frame(moment) not in busy
        if idle and moment.access.kind == "test":
            last[_frame(moment)] = key(moment)
    return set(last.values())


def _once_per_step(shown: list[Moment], mark: Moment | None) -> list[Moment]:
    """A read is dropped where the same step also changes the place or decides on it."""
    told: dict[int, set[str]] = defaultdict(set)
    for moment in shown:
        if moment.access.kind in ("write", "test"):
            told[moment.step].add(moment.access.place)
    result: list[Moment] = []
    locked: set[tuple[int, str]] = set()
    for moment in shown:
        step, access = moment.step, moment.access
        if moment != mark and is_locking(access):
            once = (step, lock_call(access))
            if once in locked:
                continue
            locked.add(once)
        elif moment != mark and access.kind == "read" and {access.place, ""} & told[step]:
            continue
        result.append(moment)
    return result
