# SPDX-License-Identifier: GPL-2.0-only
"""What a witness says: where it breaks, on how few CPUs, and which witnesses are alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from memcharge.trace import Access, Broken, Record, Result, Run, parse_schedule


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
    read = [m for m in changes if m.access.place in broken.reads]
    if read:
        return read[-1]
    if broken.when == "at_end":
        return None
    last = [m for m in every if m.step == len(broken.trace)]
    return (last or every)[-1]


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
        place = _statement(moment) if moment else ()
        key = (witness.run.edition, witness.broken.property, *place)
        groups.setdefault(key, []).append(witness)
    return [sorted(group, key=_effort) for group in groups.values()]


def _statement(moment: Moment) -> tuple[str, int, str]:
    return moment.access.file, moment.access.line, function(moment.access)


def function(access: Access) -> str:
    """The function that the access stands in."""
    return access.calls[-1].function if access.calls else ""


def _effort(witness: Witness) -> tuple[int, int, int, int]:
    broken = witness.broken
    return cpus_needed(broken), broken.switches, broken.steps, witness.number
