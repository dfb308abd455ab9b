# SPDX-License-Identifier: GPL-2.0-only
"""Editions times scenarios, one search each, into one record."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from memcharge import __version__, engine
from memcharge.cli.progress import ProgressLine
from memcharge.editions.chain import Edition
from memcharge.editions.standins import STANDINS, VOCABULARY
from memcharge.engine import Options
from memcharge.scenarios import Scenario
from memcharge.trace import Record, Result, Run

INTERRUPTED = "interrupted"


@dataclass(slots=True)
class Outcome:
    """The record, and whether ^C cut it short."""

    record: Record
    interrupted: bool = False


def explore(plan: Sequence[tuple[Edition, Sequence[Scenario]]], options: Options) -> Outcome:
    """Check every edition in its scenarios; ^C keeps what was found."""
    line = ProgressLine(sum(len(scenarios) for _, scenarios in plan))
    outcome = Outcome(Record(()))
    runs: list[Run] = []
    try:
        for edition, scenarios in plan:
            before = sum(len(run.results) for run in runs)
            runs.append(_run(edition, scenarios, options, line, outcome, before))
    finally:
        line.end()
    outcome.record = Record(tuple(runs), version=__version__)
    return outcome


def _run(
    edition: Edition,
    scenarios: Sequence[Scenario],
    options: Options,
    line: ProgressLine,
    outcome: Outcome,
    before: int,
) -> Run:
    began = time.process_time()
    results = []
    for number, scenario in enumerate(scenarios, start=before + 1):
        if outcome.interrupted:
            results.append(_unfinished(scenario, "not started: interrupted"))
            continue
        line.begin(number, edition.name, scenario.name)
        result = _check(edition, scenario, options, line)
        outcome.interrupted = result.incomplete == INTERRUPTED
        results.append(result)
    return Run(
        edition=edition.name,
        provenance=edition.provenance,
        summary=edition.summary,
        engine=", ".join(sorted({one.engine for one in results if one.engine})),
        search="bfs",
        reductions=tuple(sorted(options.reduce)),
        cpu_seconds=time.process_time() - began,
        results=tuple(results),
        not_modelled=_not_modelled(edition),
    )


def _not_modelled(edition: Edition) -> tuple[str, ...]:
    """A protocol of its own has no stand-ins but those of the vocabulary it is written in."""
    if edition.declared is not None:
        return VOCABULARY
    return tuple(row.name for row in STANDINS if row.kind != "faithful")


def _check(edition: Edition, scenario: Scenario, options: Options, line: ProgressLine) -> Result:
    """One search; ^C ends it with what it found, or between searches with a figure."""
    try:
        return engine.check(edition, scenario, options, line)
    except KeyboardInterrupt:
        partial = _unfinished(scenario, INTERRUPTED)
        return replace(partial, states=line.states, depth=line.depth)


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
