# SPDX-License-Identifier: GPL-2.0-only
"""What a witness says: where it breaks, on how few CPUs, and which witnesses are alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from memcharge.report import names
from memcharge.trace import Access, Broken, Call, Record, Result, Run, parse_schedule

_VOCABULARY = "kernel/"


@dataclass(frozen=True, slots=True)
class Moment:
    """One access of a trace: the `step`-th step (from 1), its `index`-th access."""

    step: int
    index: int
    cpu: int
    access: Access


@dataclass(frozen=True, slots=True)
class Witness:
    """A broken property with its number in the record and where it belongs."""

    number: int
    run: Run
    result: Result
    broken: Broken


def witnesses(record: Record) -> list[Witness]:
    """All witnesses of a record, numbered from 1 in the order they stand there."""
    found = (
        (run, result, broken)
        for run in record.runs
        for result in run.results
        for broken in result.broken
    )
    return [Witness(number, *each) for number, each in enumerate(found, start=1)]


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


def values_to_tell(broken: Broken) -> list[str]:
    """`place = value` where it is broken: what the witness changed, and what is not zero."""
    about = watched(broken)
    values = {
        place: names.value(place, value)
        for place, value in broken.observed.items()
        if place in about or not about
    }
    written = {m.access.place for m in moments(broken) if m.access.kind == "write"}
    told = [place for place in values if place in written or values[place] not in ("0", "NULL")]
    return [f"{names.short(place)} = {values[place]}" for place in told or values]


def own_calls(access: Access) -> tuple[Call, ...]:
    """The calls to the access without those into the vocabulary: atomics, locks, accessors."""
    calls = access.calls
    if len(calls) > 1 and access.file.startswith(_VOCABULARY):
        calls = calls[:-1]
    while len(calls) > 1 and names.is_primitive(calls[-1].function):
        calls = calls[:-1]
    return calls


def statement(access: Access) -> tuple[str, str]:
    """What the function's own text says there, and file:line if that is known."""
    own = own_calls(access)
    if len(own) < len(access.calls):
        return access.calls[len(own)].text, ""
    return access.text, f"{access.file.rsplit('/', 1)[-1]}:{access.line}" if access.file else ""


def cpus_needed(broken: Broken) -> int:
    """How many CPUs take a step in the witness."""
    if broken.trace:
        return len({step.cpu for step in broken.trace})
    return len({cpu for cpu, _ in parse_schedule(broken.schedule)})


def alike(found: list[Witness]) -> list[list[Witness]]:
    """Group witnesses that break one property at one statement of one edition.

    The shortest witness of a group comes first: fewest CPUs, switches, steps.
    Groups keep the order in which their first witness stands in the record.
    """
    groups: dict[tuple[object, ...], list[Witness]] = {}
    for witness in found:
        moment = breaking(witness.broken)
        place = (function(moment.access), *statement(moment.access)) if moment else ()
        key = (witness.run.edition, witness.broken.property, *place)
        groups.setdefault(key, []).append(witness)
    return [sorted(group, key=_effort) for group in groups.values()]


def function(access: Access) -> str:
    """The function that the access stands in."""
    own = own_calls(access)
    return own[-1].function if own else ""


def _effort(witness: Witness) -> tuple[int, int, int, int]:
    broken = witness.broken
    return cpus_needed(broken), broken.switches, broken.steps, witness.number
