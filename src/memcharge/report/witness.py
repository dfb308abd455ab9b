# SPDX-License-Identifier: GPL-2.0-only
"""The witnesses of a record: their numbers, what to tell of them, and which are alike."""

from __future__ import annotations

from dataclasses import dataclass

from memcharge.report import names
from memcharge.trace import Broken, Record, Result, Run
from memcharge.trace.witness import breaking, cpus_needed, function, moments, statement, watched


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


def _effort(witness: Witness) -> tuple[int, int, int, int]:
    broken = witness.broken
    return cpus_needed(broken), broken.switches, broken.steps, witness.number
