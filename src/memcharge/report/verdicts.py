# SPDX-License-Identifier: GPL-2.0-only
"""The table of verdicts: scenarios down, editions across."""

from __future__ import annotations

from memcharge.report.lines import WIDTH, clip, table
from memcharge.trace import Record, Result, Run

_LONGEST_SCENARIO = 34


def verdict_table(record: Record) -> list[str]:
    """One table for all runs if it fits the width, else one per run."""
    lines = table(*_rows(record.runs))
    if len(record.runs) == 1 or max(map(len, lines)) <= WIDTH:
        return [clip(line, WIDTH) for line in lines]
    parts: list[str] = []
    for run in record.runs:
        parts += ["", *(clip(line, WIDTH) for line in table(*_rows((run,))))]
    return parts[1:]


def verdict_words(result: Result) -> str:
    """The verdict, and its share of final states if one property is broken: `Sometimes 1/2`."""
    if result.verdict == "Incomplete" and result.broken:
        return "Incomplete, broken"
    counts = [b.final_broken for b in result.broken if b.final_broken is not None]
    if result.complete and result.verdict in ("Sometimes", "Always") and len(counts) == 1:
        return f"{result.verdict} {counts[0]}/{result.final_states}"
    return result.verdict


def _rows(runs: tuple[Run, ...]) -> tuple[list[list[str]], frozenset[int]]:
    scenarios = list(dict.fromkeys(r.scenario for run in runs for r in run.results))
    head = ["scenario"]
    for run in runs:
        head += [run.edition if len(runs) > 1 else "bad outcome"]
    head += ["states"] * len(runs)
    body = []
    for scenario in scenarios:
        results = [_of(run, scenario) for run in runs]
        row = [clip(scenario, _LONGEST_SCENARIO)]
        row += [verdict_words(r) if r else "-" for r in results]
        row += [f"{r.states:,}" if r else "-" for r in results]
        body.append(row)
    rule = ["-" * max(map(len, column)) for column in zip(head, *body, strict=True)]
    flush = frozenset(range(1 + len(runs), 1 + 2 * len(runs)))
    return [head, rule, *body], flush


def _of(run: Run, scenario: str) -> Result | None:
    return next((r for r in run.results if r.scenario == scenario), None)
