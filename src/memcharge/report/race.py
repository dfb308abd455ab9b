# SPDX-License-Identifier: GPL-2.0-only
"""A witness as the diagram of a kernel changelog: one column per CPU, time downwards.

ASCII and spaces only, and never wider than asked for: it must survive being
pasted into a commit message.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from memcharge.report.broken import effort
from memcharge.report.columns import Column, columns, fit
from memcharge.report.lines import ascii_only, clip, wrap, wrap_items
from memcharge.report.relevance import chosen
from memcharge.report.rows import Row, path_of, rows
from memcharge.report.witness import values_to_tell
from memcharge.trace import Broken
from memcharge.trace.witness import breaking, moments

MARK = "  <<<"
WIDTH = 72


@dataclass(frozen=True, slots=True)
class RaceOptions:
    """How to draw: heads, step numbers, locks, everything, how wide, for what to paste into."""

    heads: str = "cpus"
    number: bool = False
    everything: bool = False
    locks: bool = False
    width: int = WIDTH
    format: str = "commit"


def race_text(
    broken: Broken, edition: str, scenario: str, options: RaceOptions | None = None
) -> str:
    """Headline, diagram and footer of one witness."""
    options = options or RaceOptions()
    lines = [*_headline(broken, scenario, options.width), ""]
    if broken.trace:
        shown = chosen(broken, everything=options.everything, locks=options.locks)
        drawn = rows(shown, breaking(broken), wrappers=options.everything)
        heads = _heads(broken, options.heads)
        if options.heads == "functions":
            drawn = _without_entries(drawn)
        lines += _diagram(drawn, heads, options)
        lines += ["", *_values(broken, options.width)]
        lines += _footer(broken, edition, len({m.step for m in shown}), options)
    else:
        lines += wrap("The record holds no trace of this witness.", width=options.width)
        lines += wrap(broken.schedule, "schedule ", width=options.width)
    if options.format == "markdown":
        lines = ["```text", *lines, "```"]
    return "\n".join(lines) + "\n"


def _headline(broken: Broken, scenario: str, width: int) -> list[str]:
    if broken.property:
        return wrap(f"BUG: memcharge: {broken.property}, {scenario}", "", "     ", width)
    return wrap(f"memcharge: this schedule breaks no property, {scenario}", "", "  ", width)


def _heads(broken: Broken, kind: str) -> dict[int, str]:
    cpus = sorted({step.cpu for step in broken.trace})
    if kind == "functions":
        return {cpu: _entry(broken, cpu) for cpu in cpus}
    return {cpu: f"CPU {cpu}" for cpu in cpus}


def _entry(broken: Broken, cpu: int) -> str:
    """The entry function if the actor calls just one, else the actor."""
    found = [m.access for m in moments(broken) if m.cpu == cpu and m.access.calls]
    entries = {path[0].id: path[0].text for access in found if (path := path_of(access))}
    if len(entries) == 1 and all(path_of(access) for access in found):
        return next(iter(entries.values()))
    return f"{found[0].calls[0].function}()" if found else f"CPU {cpu}"


def _without_entries(drawn: list[Row]) -> list[Row]:
    """Drop the call that a head names already; what it encloses moves left."""
    tops: dict[int, list[Row]] = {}
    for row in drawn:
        if row.depth == 0:
            tops.setdefault(row.cpu, []).append(row)
    named = {cpu for cpu, top in tops.items() if len(top) == 1 and top[0].is_call}
    return [
        Row(r.cpu, r.depth - 1, r.text, r.step, r.marked, r.is_call) if r.cpu in named else r
        for r in drawn
        if not (r.cpu in named and r.depth == 0)
    ]


def _diagram(drawn: list[Row], heads: dict[int, str], options: RaceOptions) -> list[str]:
    digits = len(str(max((row.step for row in drawn), default=0)))
    margin = 2 + (digits + 1 if options.number else 0)
    layout = columns(drawn, heads, options.width - margin, len(MARK))
    top, rule = " " * margin, " " * margin
    for cpu, head in heads.items():
        column = layout[cpu]
        shown = clip(ascii_only(head), column.width)
        top = top.ljust(margin + column.start) + shown
        rule = rule.ljust(margin + column.start) + "-" * len(shown)
    lines = [top, rule]
    for row in drawn:
        number = str(row.step).rjust(digits) if options.number and row.step else ""
        lines += _row(row, layout[row.cpu], margin, number)
    return [line.rstrip() for line in lines]


def _row(row: Row, column: Column, margin: int, number: str) -> list[str]:
    room = column.reach - (len(MARK) if row.marked else 0)
    parts = fit(row, column.step, room)
    lines = [" " * (margin + column.start) + part for part in parts]
    if row.marked:
        lines[-1] += MARK
    if number:
        lines[0] = "  " + number + lines[0][2 + len(number) :]
    return lines


def _values(broken: Broken, width: int) -> list[str]:
    shown = values_to_tell(broken)
    if not shown:
        return []
    when = "at the end: " if broken.when == "at_end" else "there: "
    return [*wrap_items(shown, when, "  ", width), ""]


def _footer(broken: Broken, edition: str, shown: int, options: RaceOptions) -> list[str]:
    steps = len(broken.trace)
    hint = "" if options.everything or shown == steps else ", --all for all"
    text = (
        f"edition {edition}, schedule {broken.schedule} ({effort(broken)}; "
        f"{shown} of {steps} steps shown{hint})"
    )
    return wrap(re.sub(r"\s+", " ", text), "", "  ", options.width)
