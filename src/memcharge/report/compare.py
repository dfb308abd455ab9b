# SPDX-License-Identifier: GPL-2.0-only
"""The screen of `compare`: scenarios down, editions across, and what changed from left to right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from memcharge.report.lines import WIDTH, clip, count, table, wrap
from memcharge.report.next import command_lines
from memcharge.trace import Record, Result, Run

_WORDS = {"Sometimes": "Some", "Incomplete": "Incompl"}
_LONGEST_SCENARIO = 30
_HEAD = 13  # an edition's name is broken over lines of this width

Differing = Mapping[tuple[str, str], Sequence[str]]


def compare_text(
    record: Record,
    differing: Differing,
    *,
    written: str = "",
    times: bool = True,
    everything: bool = False,
) -> str:
    """The whole screen; `differing` are the functions that two neighbours have not in common."""
    runs = record.runs
    names = list(dict.fromkeys(r.scenario for run in runs for r in run.results))
    quiet = [name for name in names if not everything and _held(runs, name)]
    shown = [name for name in names if name not in quiet]
    lines: list[str] = []
    for part in _parts(runs, shown):
        lines += [*_table(runs, part, shown, times=times), ""]
    if quiet:
        lines += wrap(
            f"{count(len(quiet), 'more scenario')}: Never under any of these editions "
            f"(--all names {'it' if len(quiet) == 1 else 'them'})."
        )
    lines += ["* differs from the edition to its left", ""]
    for before, after in pairwise(runs):
        lines += _change(before, after, differing.get((before.edition, after.edition), ()))
    lines += _next(runs, written)
    return "\n".join(lines) + "\n"


def _held(runs: Sequence[Run], scenario: str) -> bool:
    found = [_of(run, scenario) for run in runs]
    return all(one is not None and one.verdict == "Never" for one in found)


def _parts(runs: Sequence[Run], shown: Sequence[str]) -> list[range]:
    """The runs that go into one table each: as many as the width takes."""
    room = WIDTH - min(max((len(name) for name in shown), default=8), _LONGEST_SCENARIO)
    each = max(1, room // (_HEAD + 2))
    return [range(at, min(at + each, len(runs))) for at in range(0, len(runs), each)]


def _table(runs: Sequence[Run], part: range, shown: Sequence[str], *, times: bool) -> list[str]:
    heads = [_folded(runs[at].edition) for at in part]
    height = max(map(len, heads))
    rows = [["", *(head[line] if line < len(head) else "" for head in heads)]
            for line in range(height)]  # fmt: skip
    body = [[clip(name, _LONGEST_SCENARIO), *(_cell(runs, at, name) for at in part)]
            for name in shown]  # fmt: skip
    totals = [
        ["distinct states", *(f"{sum(r.states for r in runs[at].results):,}" for at in part)],
        ["broken", *(f"{sum(bool(r.broken) for r in runs[at].results)}" for at in part)],
    ]
    if times:
        totals.append(["CPU seconds", *(f"{runs[at].cpu_seconds:.1f}" for at in part)])
    columns = zip(*rows, *body, *totals, strict=True)
    rule = ["-" * max(map(len, column)) for column in columns]
    return [clip(line, WIDTH) for line in table([*rows, rule, *body, rule, *totals])]


def _folded(name: str) -> list[str]:
    """An edition's name in pieces that fit a column: mm_2010_04_ 13_kamezawa."""
    pieces = [""]
    for word in name.replace("_", "_ ").split(" "):
        if pieces[-1] and len(pieces[-1]) + len(word) > _HEAD:
            pieces.append("")
        pieces[-1] += word
    return pieces


def _cell(runs: Sequence[Run], at: int, scenario: str) -> str:
    result = _of(runs[at], scenario)
    if result is None:
        return "-"
    word = _WORDS.get(result.verdict, result.verdict)
    left = _of(runs[at - 1], scenario) if at else None
    return word + ("*" if left is not None and _differ(left, result) else "")


def _differ(one: Result, other: Result) -> bool:
    return _said(one) != _said(other)


def _said(result: Result) -> tuple[str, dict[str, str]]:
    return result.verdict, {broken.property: broken.verdict for broken in result.broken}


def _of(run: Run, scenario: str) -> Result | None:
    return next((r for r in run.results if r.scenario == scenario), None)


def _change(before: Run, after: Run, functions: Sequence[str]) -> list[str]:
    """What is newly broken, what is mended, and which text did it."""
    gone, come = _only(before, after), _only(after, before)
    lines = [f"{before.edition} -> {after.edition}"]
    for what, found in (("mended", gone), ("newly broken", come)):
        for prop, scenarios in found.items():
            few = ", ".join(scenarios[:2])
            more = f" and {len(scenarios) - 2} more" if len(scenarios) > 2 else ""
            lines += wrap(f"{prop}: {few}{more}", f"  {what}: ", "      ")
    if not gone and not come:
        lines += ["  breaks the same properties in the same scenarios"]
    if functions:
        lines += wrap(", ".join(functions), "  text: ", "      ")
    return [*lines, ""]


def _only(one: Run, other: Run) -> dict[str, list[str]]:
    """Properties that one breaks in a scenario in which the other does not."""
    found: dict[str, list[str]] = {}
    for result in one.results:
        beside = _of(other, result.scenario)
        if beside is None or not beside.complete:
            continue
        kept = {broken.property for broken in beside.broken}
        for broken in result.broken:
            if broken.property not in kept:
                found.setdefault(broken.property, []).append(result.scenario)
    return found


def _next(runs: Sequence[Run], written: str) -> list[str]:
    rows = []
    if len(runs) > 1:
        pair = f"{runs[-2].edition} {runs[-1].edition}"
        rows.append((f"memcharge diff {pair}", "the text that did it"))
    if written and any(result.broken for run in runs for result in run.results):
        rows.append((f"memcharge race {written}#1", "diagram for a changelog"))
    return command_lines(rows, written)
