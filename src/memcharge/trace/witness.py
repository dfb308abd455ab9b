# SPDX-License-Identifier: GPL-2.0-only
"""Reading a witness: where it breaks, by what, and which calls are only vocabulary."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from memcharge.trace.record import Access, Broken, Call
from memcharge.trace.schedule import parse_schedule

_VOCABULARY = "kernel/"
LOCK_CALL = re.compile(
    r"(?:^|_)(?:un)?lock(?:$|_)|trylock|^(?:down|up)_(?:read|write)|^wait_on_page_locked$"
)
# Calls whose whole effect is the access in them.
_PRIMITIVE = re.compile(
    r"^(?:atomic_|__this_cpu_|this_cpu_|wait_on_page_|page_(?:count|mapcount|mapped)$)"
)


@dataclass(frozen=True, slots=True)
class Moment:
    """One access of a trace: the `step`-th step (from 1), its `index`-th access."""

    step: int
    index: int
    cpu: int
    access: Access


def moments(broken: Broken) -> Iterator[Moment]:
    """Every access of the trace, in order."""
    for number, step in enumerate(broken.trace, start=1):
        for index, access in enumerate(step.accesses):
            yield Moment(number, index, step.cpu, access)


def breaking(broken: Broken) -> Moment | None:
    """The access that breaks the property: a finding's own, else the last change it reads."""
    every = list(moments(broken))
    if not every:
        return None
    findings = [m for m in every if m.access.kind in ("bug", "warn")]
    if findings and not broken.reads:
        return findings[-1]
    changes = [m for m in every if m.access.kind == "write" and m.access.old != m.access.new]
    places = watched(broken)
    read = [m for m in changes if m.access.place in places]
    if read:
        return read[-1]
    if broken.when == "at_end":
        return None
    last = [m for m in every if m.step == len(broken.trace)]
    return (last or every)[-1]


def watched(broken: Broken) -> frozenset[str]:
    """The places that the property is about."""
    return frozenset(broken.reads)


def own_calls(access: Access) -> tuple[Call, ...]:
    """The calls to the access without those into the vocabulary: atomics, locks, accessors."""
    calls = access.calls
    if len(calls) > 1 and access.file.startswith(_VOCABULARY):
        calls = calls[:-1]
    while len(calls) > 1 and _is_primitive(calls[-1].function):
        calls = calls[:-1]
    return calls


def statement(access: Access) -> tuple[str, str]:
    """What the function's own text says there, and file:line if that is known."""
    own = own_calls(access)
    if len(own) < len(access.calls):
        return access.calls[len(own)].text, ""
    return access.text, f"{access.file.rsplit('/', 1)[-1]}:{access.line}" if access.file else ""


def function(access: Access) -> str:
    """The function that the access stands in."""
    own = own_calls(access)
    return own[-1].function if own else ""


def cpus_needed(broken: Broken) -> int:
    """How many CPUs take a step in the witness."""
    if broken.trace:
        return len({step.cpu for step in broken.trace})
    return len({cpu for cpu, _ in parse_schedule(broken.schedule)})


def cause(broken: Broken) -> tuple[str, ...]:
    """The statement that breaks it, and the last change before it that another CPU ran into.

    That is a change of what the property or the function of the statement looks
    at, if there is one.  Witnesses of one cause are one bug seen from several
    scenarios.  The second is left out where no other CPU has a part in it.
    """
    moment = breaking(broken)
    if moment is None:
        return ()
    others = [other for other in _crossing(broken) if other.step <= moment.step]
    places = watched(broken) | _looked_at(broken, moment)
    near = [other for other in others if other.access.place in places]
    return tuple(_where(m.access) for m in (moment, *(near or others)[-1:]))


def _looked_at(broken: Broken, moment: Moment) -> frozenset[str]:
    """The places that the call in which a property breaks has come to."""
    calls = own_calls(moment.access)
    if not calls:
        return frozenset()
    return frozenset(
        m.access.place
        for m in moments(broken)
        if m.step <= moment.step and any(call.id == calls[-1].id for call in m.access.calls)
    )


def _crossing(broken: Broken) -> Iterator[Moment]:
    """Changes of places that another CPU comes to afterwards, but for locks."""
    every = [m for m in moments(broken) if m.access.place]
    later: dict[str, set[int]] = {}
    found = []
    for moment in reversed(every):
        access, cpus = moment.access, later.setdefault(moment.access.place, set())
        changes = access.kind == "write" and access.old != access.new
        if changes and cpus - {moment.cpu} and not LOCK_CALL.search(access.calls[-1].function):
            found.append(moment)
        cpus.add(moment.cpu)
    return reversed(found)


def _where(access: Access) -> str:
    return f"{function(access)}(): {statement(access)[0]}"


def _is_primitive(function: str) -> bool:
    """Whether the call is told by the value it changes: atomics, per-CPU counters, locks."""
    return bool(_PRIMITIVE.search(function) or LOCK_CALL.search(function))
