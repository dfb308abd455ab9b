# SPDX-License-Identifier: GPL-2.0-only
"""The commands to type next, each on a line that can be pasted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from memcharge.report.lines import WIDTH
from memcharge.report.witness import alike, witnesses
from memcharge.trace import Record

CHECKPOINT = "memcharge-checkpoint.mcc"  # where resume looks if it is not told

_Row = tuple[str, str]


def next_commands(
    record: Record, written: str, typed: Mapping[str, str], checkpoint: str = ""
) -> list[str]:
    """What a reader of the check screen would ask next."""
    names = [typed.get(run.edition, run.edition) for run in record.runs]
    rows = _diagram(record, written, typed)
    if len(names) == 2:
        rows.append((f"memcharge diff {names[0]} {names[1]}", "the text that did it"))
    unfinished = [r for run in record.runs for r in run.results if not r.complete]
    if checkpoint:
        name = "" if checkpoint == CHECKPOINT else f" {checkpoint}"
        rows.append((f"memcharge resume{name}", f"go on from {checkpoint}"))
    elif unfinished:
        scenario = unfinished[0].scenario
        rows.append((f"memcharge check {names[0]} -s {scenario}", "that one, without limits"))
    if names:
        rows.append((f"memcharge show {names[-1]}", "the text that was checked"))
    return command_lines(rows, written)


def command_lines(rows: Sequence[_Row], written: str) -> list[str]:
    """Commands, each with a remark, below what was written."""
    width = max((len(command) for command, _ in rows), default=0)
    lines = [f"Wrote {written}.  Next:" if written else "Next:"]
    return lines + [line for command, remark in rows for line in _lines(command, remark, width)]


def _diagram(record: Record, written: str, typed: Mapping[str, str]) -> list[_Row]:
    found = witnesses(record)
    if not found:
        return []
    first = alike(found)[0][0]
    if written:
        return [(f"memcharge race {written}#{first.number}", "diagram for a changelog")]
    edition = typed.get(first.run.edition, first.run.edition)
    return [(f"memcharge race {edition} {first.result.scenario}", "diagram for a changelog")]


def _lines(command: str, remark: str, width: int) -> list[str]:
    """The command and its remark; a long command goes on below, as a shell takes it."""
    line = f"  {command.ljust(width)}  {remark}"
    if len(line) <= WIDTH:
        return [line]
    if len(command) + 2 <= WIDTH:
        return [f"  {command}"]
    words = command.split(" ")
    return [f"  {words[0]} {words[1]} \\", *(f"    {word} \\" for word in words[2:-1]),
            f"    {words[-1]}"]  # fmt: skip
