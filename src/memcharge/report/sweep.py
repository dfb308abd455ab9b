# SPDX-License-Identifier: GPL-2.0-only
"""The screen of `sweep`: what broke, by its cause, each with its shortest witness."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from memcharge.report.lines import clip, count, wrap
from memcharge.report.next import command_lines
from memcharge.report.witness import Witness, witnesses
from memcharge.trace import Record, Run
from memcharge.trace.witness import cpus_needed

_Parts = Counter[str]
_Key = tuple[str, ...]


def sweep_text(
    record: Record, *, written: str = "", times: bool = True, checkpoint: str = ""
) -> str:
    """The whole screen of a record that holds one run, a sweep."""
    run = record.runs[0]
    groups = causes(record)
    lines = [*_edition(run), ""]
    if groups:
        lines += [f"{count(len(groups), 'cause')}, cheapest witness first:", ""]
    for group in groups:
        lines += _cause(group)
    lines += _summary(run)
    if times:
        lines += [f"CPU time: {run.cpu_seconds:.2f} s"]
    return "\n".join([*lines, "", *_next(run, groups, written, checkpoint)]) + "\n"


def causes(record: Record) -> list[list[Witness]]:
    """Witnesses by what they break and why; cheapest first, within a group and among groups.

    A scenario that holds a smaller one which breaks the same property says
    nothing new, so its witness is with that of the smallest such.
    """
    groups: dict[_Key, list[Witness]] = {}
    least: dict[_Key, list[tuple[_Parts, _Key]]] = {}
    for witness in sorted(witnesses(record), key=lambda one: _parts(one).total()):
        where = witness.run.edition, witness.broken.property
        parts, smaller = _parts(witness), least.setdefault(where, [])
        key = next((known for one, known in smaller if one < parts), None)
        if key is None:
            key = (*where, *witness.broken.cause)
            smaller.append((parts, key))
        groups.setdefault(key, []).append(witness)
    ordered = [sorted(group, key=_effort) for group in groups.values()]
    return sorted(ordered, key=lambda group: _effort(group[0]))


def _parts(witness: Witness) -> _Parts:
    """What a scenario consists of: its actors, its page kind and its modifiers."""
    actors, _, start = witness.result.scenario.partition("@")
    return Counter([*actors.split("+"), *(f"@{one}" for one in start.split(","))])


def _effort(witness: Witness) -> tuple[int, int, int, int]:
    broken = witness.broken
    return cpus_needed(broken), broken.switches, broken.steps, witness.number


def _edition(run: Run) -> list[str]:
    lines = wrap(f"{run.edition}  {run.summary}".rstrip(), "edition  ")
    wide = run.swept
    actors = count(wide.get("actors", 0), "actor")
    return lines + wrap(
        f"all sets of up to {actors}, on every page kind, from every start state with up to "
        f"{count(wide.get('modifiers', 0), 'modifier')}",
        "sweep    ",
    )


def _cause(group: Sequence[Witness]) -> list[str]:
    first = group[0]
    broken = first.broken
    where = {witness.result.scenario: _parts(witness) for witness in group}.values()
    more = sum(any(one < parts for one in where) for parts in where)
    said = f"{broken.property}, in {count(len(where) - more, 'scenario')}"
    said += f" and {more} that add to them" if more else ""
    lines = wrap(said, f"#{first.number:<4} ")
    for word, text in zip(("at", "after"), broken.cause, strict=False):
        lines += [clip(f"      {word.ljust(6)}{text}", 80)]
    cpus = cpus_needed(broken)
    effort = f"{cpus} {'CPU' if cpus == 1 else 'CPUs'}, {count(broken.steps, 'step')}"
    return [*lines, *wrap(f"{first.result.scenario} {broken.verdict}, {effort}", "      "), ""]


def _summary(run: Run) -> list[str]:
    explored = [r for r in run.results if not r.incomplete.startswith("not started")]
    left = len(run.results) - len(explored)
    impossible, alike = run.swept.get("impossible", 0), run.swept.get("alike", 0)
    whole = len(run.results) + impossible + alike
    lines = wrap(
        f"{count(whole, 'combination')}: {impossible:,} cannot be, {alike:,} are the same program "
        f"as another, {len(explored):,} explored" + (f", {left:,} not begun" if left else "")
    )
    broken = sum(bool(r.broken) for r in explored)
    cut = [r for r in explored if not r.complete]
    held = sum(r.complete and not r.broken for r in explored)
    said = f"{broken:,} broken, {held:,} hold in all interleavings"
    lines += wrap(said + (f", {len(cut):,} cut short by a limit" if cut else ""))
    states = count(sum(r.states for r in explored), "distinct state")
    if left or cut:
        return [*lines, f"Incomplete: {states} visited."]
    return [*lines, f"Complete: {states}, compared exactly."]


def _next(
    run: Run, groups: Sequence[Sequence[Witness]], written: str, checkpoint: str
) -> list[str]:
    rows = []
    if groups and written:
        number = groups[0][0].number
        rows.append((f"memcharge race {written}#{number}", "diagram for a changelog"))
    if checkpoint:
        rows.append((f"memcharge resume {checkpoint}", "go on from there"))
    rows.append((f"memcharge check {run.edition}", "the named scenarios"))
    return command_lines(rows, written)
