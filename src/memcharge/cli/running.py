# SPDX-License-Identifier: GPL-2.0-only
"""Editions times scenarios, one search each, into one record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from memcharge import __version__, engine
from memcharge.cli.output import keep, remark
from memcharge.cli.progress import ProgressLine
from memcharge.editions.chain import Edition
from memcharge.editions.standins import STANDINS, VOCABULARY
from memcharge.engine import Options, PairKeeper, Recovery, own_text
from memcharge.ir.nodes import Program
from memcharge.scenarios import Scenario
from memcharge.trace import Record, Result, Run

INTERRUPTED = "interrupted"


@dataclass(slots=True)
class Outcome:
    """The record, whether ^C cut it short, and the checkpoint that is left, if one is."""

    record: Record
    interrupted: bool = False
    checkpoint: str = ""


class Sifter(Protocol):
    """What a sweep does beside: it leaves combinations out, and makes results smaller.

    `left` says why nothing more is to be begun, if that is so; `cpu_seconds` is what
    that takes beside the searches.
    """

    cpu_seconds: float

    def admit(self, edition: Edition, scenario: Scenario) -> Program | None: ...
    def keep(self, result: Result) -> Result: ...
    def swept(self) -> dict[str, int]: ...
    def left(self) -> str: ...


@dataclass(slots=True)
class _Work:
    """What all searches of a command share."""

    options: Options
    line: ProgressLine
    recovery: Recovery | None
    sifter: Sifter | None = None
    begun: int = 0
    interrupted: bool = False


def explore(
    plan: Sequence[tuple[Edition, Sequence[Scenario]]],
    options: Options,
    recovery: Recovery | None = None,
    sifter: Sifter | None = None,
) -> Outcome:
    """Check every edition in its scenarios; ^C keeps what was found."""
    line = ProgressLine(sum(len(scenarios) for _, scenarios in plan))
    work = _Work(options, line, recovery, sifter)
    try:
        runs = [_run(number, *one, work) for number, one in enumerate(plan)]
    finally:
        work.line.end()
    return Outcome(Record(tuple(runs), version=__version__), work.interrupted)


def settle(outcome: Outcome, recovery: Recovery | None, path: str) -> str:
    """Keep the record, and a checkpoint of what is not in it; the record's name, if it is a file.

    The checkpoint goes last: killed at any moment, one of the two holds what was found.
    """
    complete = all(result.complete for run in outcome.record.runs for result in run.results)
    if recovery is not None and not complete:
        outcome.checkpoint = recovery.stop()
    written = keep(outcome.record, path)
    if recovery is not None and complete:
        if written or path == "-":
            recovery.remove()
        else:
            outcome.checkpoint = recovery.stop()
    if recovery is not None and recovery.problem:
        remark(f"{recovery.problem}; nothing new to go on from, --checkpoint FILE names a place")
    return written


def _run(number: int, edition: Edition, scenarios: Sequence[Scenario], work: _Work) -> Run:
    results = [
        result
        for scenario in scenarios
        if (result := _result(number, edition, scenario, work)) is not None
    ]
    return Run(
        edition=edition.name,
        provenance=edition.provenance,
        summary=edition.summary,
        engine=", ".join(sorted({one.engine for one in results if one.engine})),
        search=work.options.search,
        reductions=tuple(sorted(work.options.reduce)),
        cpu_seconds=sum(one.cpu_seconds for one in results)
        + (work.sifter.cpu_seconds if work.sifter else 0.0),
        results=tuple(results),
        not_modelled=_not_modelled(edition),
        swept=work.sifter.swept() if work.sifter else {},
        text=own_text(edition),
    )


def _result(number: int, edition: Edition, scenario: Scenario, work: _Work) -> Result | None:
    """One search, or its result from the checkpoint; None if a sweep leaves it out."""
    work.begun += 1
    recovery, program = work.recovery, None
    if work.sifter is not None and not work.interrupted:
        work.line.begin(work.begun, edition.name, scenario.name)
        if why := work.sifter.left():
            return _unfinished(scenario, why)
        program = work.sifter.admit(edition, scenario)
        if program is None:
            return None
    if recovery is not None and (number, scenario.name) in recovery.results:
        return recovery.results[number, scenario.name]
    if work.interrupted:
        return _unfinished(scenario, "not started: interrupted")
    work.line.begin(work.begun, edition.name, scenario.name)
    keeper = recovery.pair(number, scenario.name) if recovery is not None else None
    result = _check(edition, scenario, work, keeper, program)
    if work.sifter is not None:
        result = work.sifter.keep(result)
    work.interrupted = result.incomplete == INTERRUPTED
    if recovery is not None:
        recovery.finished(number, result)
    return result


def _not_modelled(edition: Edition) -> tuple[str, ...]:
    """A protocol of its own has no stand-ins but those of the vocabulary it is written in."""
    if edition.declared is not None:
        return VOCABULARY
    return tuple(row.name for row in STANDINS if row.kind != "faithful")


def _check(
    edition: Edition,
    scenario: Scenario,
    work: _Work,
    keeper: PairKeeper | None,
    program: Program | None,
) -> Result:
    """One search; ^C ends it with what it found, or between searches with a figure."""
    try:
        return engine.check(edition, scenario, work.options, work.line, keeper, program)
    except KeyboardInterrupt:
        partial = _unfinished(scenario, INTERRUPTED)
        return replace(partial, states=work.line.states, depth=work.line.depth)


def _unfinished(scenario: Scenario, why: str) -> Result:
    return Result(
        scenario=scenario.name,
        summary=scenario.summary,
        verdict="Incomplete",
        complete=False,
        states=0,
        transitions=0,
        depth=0,
        final_states=0,
        cpus=tuple(scenario.actors),
        broken=(),
        incomplete=why,
    )


def exit_code(outcome: Outcome) -> int:
    """0 all hold; 1 a property is broken; 3 incomplete."""
    results = [result for run in outcome.record.runs for result in run.results]
    if outcome.interrupted:
        return 3
    if any(result.broken for result in results):
        return 1
    return 0 if all(result.complete for result in results) else 3
