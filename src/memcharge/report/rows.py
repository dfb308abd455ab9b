# SPDX-License-Identifier: GPL-2.0-only
"""Which accesses of a witness the diagram shows, and the rows that show them.

Shown are: changes of what the property reads, decisions taken on it, accesses
of different CPUs to one place that follow each other (they order the columns),
and the step that breaks.  Locks come on request.  The rest is folded.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

from memcharge.report import names
from memcharge.report.lines import ascii_only
from memcharge.report.witness import Moment, breaking, function, moments
from memcharge.trace import Access, Broken, Call

_SCROLLED_AWAY = 24
_Key = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the diagram: in which column, how deep, what, and whether it breaks."""

    cpu: int
    depth: int
    text: str
    step: int = 0
    marked: bool = False
    is_call: bool = False


def chosen(broken: Broken, *, everything: bool = False, locks: bool = False) -> list[Moment]:
    """The accesses that the diagram shows, in order."""
    every = list(moments(broken))
    mark = breaking(broken)
    locks = locks or everything or broken.property == "deadlock"
    if everything:
        keep = {_key(m) for m in every}
    else:
        ordering = _ordering(every)
        keep = ordering | _about(every, set(broken.reads), ordering)
        if not broken.reads:
            keep |= {_key(m) for m in every if _changes(m.access)}
    if mark:
        keep.add(_key(mark))
    shown = [
        m
        for m in every
        if (_key(m) in keep and not _locking(m)) or (locks and _locking(m)) or m == mark
    ]
    return _once_per_step(shown, mark)


def rows(shown: list[Moment], mark: Moment | None) -> list[Row]:
    """The rows of these accesses, each call on the way printed when it is entered."""
    made: list[Row] = []
    opened: dict[int, list[int]] = defaultdict(list)
    last: dict[int, int] = {}
    for moment in shown:
        cpu = moment.cpu
        path = path_of(moment.access)
        common = _common(opened[cpu], path)
        if common and len(made) - last[cpu] > _SCROLLED_AWAY and common == len(path):
            made.append(Row(cpu, common - 1, f"{path[common - 1].function}() again", is_call=True))
        for depth, call in enumerate(path[common:], start=common):
            made.append(Row(cpu, depth, ascii_only(_call(call)), is_call=True))
        text = ascii_only(said(moment.access))
        made.append(Row(cpu, len(path), text, moment.step, moment == mark))
        opened[cpu] = [call.id for call in path]
        last[cpu] = len(made)
    return made


def path_of(access: Access) -> tuple[Call, ...]:
    """The calls worth a row: below the actor, without the atomic or lock itself."""
    path = access.calls[1:]
    while path and names.is_primitive(path[-1].function):
        path = path[:-1]
    return path


def said(access: Access) -> str:
    """One access in the words of a changelog."""
    if is_locking(access):
        return _lock_call(access)
    if access.kind == "test":
        return _decision(access)
    if access.kind == "write":
        return f"[{names.change(access.place, access.old, access.new)}]"
    if access.kind == "read":
        return f"reads {names.short(access.place)} {names.value(access.place, access.new)}"
    if access.kind == "wait":
        return access.text or f"waits for {names.short(access.place)}"
    return f"{access.kind}: {access.text}" if access.kind != "bug" else access.text or "bug"


def is_locking(access: Access) -> bool:
    """Whether the access does nothing but lock, unlock or wait for a lock."""
    return access.kind in ("read", "write", "wait", "test") and names.is_lock(
        access.place, function(access) if access.calls[1:] else ""
    )


def _locking(moment: Moment) -> bool:
    return is_locking(moment.access)


def _key(moment: Moment) -> _Key:
    return moment.step, moment.index


def _changes(access: Access) -> bool:
    return access.kind == "write" and access.old != access.new


def _ordering(every: list[Moment]) -> set[_Key]:
    """Accesses to one place by two CPUs that follow each other, one of them a write."""
    keep: set[_Key] = set()
    before: dict[str, Moment] = {}
    for moment in every:
        place = moment.access.place
        if not place or moment.access.kind not in ("read", "write"):
            continue
        other = before.get(place)
        crosses = other is not None and other.cpu != moment.cpu
        if other and crosses and "write" in (other.access.kind, moment.access.kind):
            keep |= {_key(other), _key(moment)}
        if not (other and other.step == moment.step and other.access.kind == "write"):
            before[place] = moment
    return keep


def _about(every: list[Moment], reads: set[str], ordering: set[_Key]) -> set[_Key]:
    """Changes of what the property reads, decisions on it, and findings."""
    keep: set[_Key] = set()
    decided = {m.step for m in every if m.access.place in reads or _key(m) in ordering}
    for moment in every:
        access = moment.access
        changes = access.place in reads and _changes(access)
        decides = access.kind == "test" and moment.step in decided
        if changes or decides or access.kind in ("bug", "warn"):
            keep.add(_key(moment))
    return keep


def _once_per_step(shown: list[Moment], mark: Moment | None) -> list[Moment]:
    """A read is dropped where the same step also changes the place or decides on it."""
    told: dict[int, set[str]] = defaultdict(set)
    for moment in shown:
        if moment.access.kind in ("write", "test"):
            told[moment.step].add(moment.access.place)
            if moment.access.kind == "test":
                told[moment.step].add("")
    result: list[Moment] = []
    locked: set[tuple[int, str]] = set()
    for moment in shown:
        step, access = moment.step, moment.access
        if moment != mark and _locking(moment):
            once = (step, _lock_call(access))
            if once in locked:
                continue
            locked.add(once)
        elif moment != mark and access.kind == "read" and {access.place, ""} & told[step]:
            continue
        result.append(moment)
    return result


def _common(opened: list[int], path: tuple[Call, ...]) -> int:
    common = 0
    for seen, call in zip(opened, path, strict=False):
        if seen != call.id:
            break
        common += 1
    return common


def _call(call: Call) -> str:
    return call.text or f"{call.function}()"


def _lock_call(access: Access) -> str:
    for call in reversed(access.calls):
        if names.is_primitive(call.function):
            return _call(call)
    return access.text


def _decision(access: Access) -> str:
    text, truth = access.text, access.new in ("true", "True", "1")
    if match := re.fullmatch(r"not ([\w.]+(?:\([^()]*\))?)", text):
        text, truth = match[1], not truth
    return f"{text} is {'true' if truth else 'false'}"
