# SPDX-License-Identifier: GPL-2.0-only
"""From the figures to tables: plain text for a terminal, Markdown for the documentation."""

from __future__ import annotations

from statistics import median
from typing import Any

HEAD = ("tool", "states", "transitions", "wall s", "CPU s", "M states / CPU s", "peak", "B/state")
LARGE = 1_000_000  # states from which peak memory says something about a state

INTRODUCTION = """# Benchmarks

memcharge beside other tools, each on models that it can express. Everything that a user waits for
counts: starting, translating, compiling, exploring. `python -m bench --render` runs all of it again
and writes this page; a tool that is not installed is listed as such.

* *wall* and *CPU* are medians of interleaved rounds, in seconds, of all commands together.
* *M states / CPU s* is states divided by CPU seconds, start and compilation included.
* *peak* is the largest resident set of any of the commands; *B/state* is that divided by the
  states, given from a million states on, so it holds the program, its stack and its free space too
  (SPIN: 128 MiB of hash table and a stack for a depth of a million, `-w24 -m1000000`).
* The counter: each process reads it into a local and writes it back one higher, so many times.
  memcharge full, SPIN full, Rumur and plain Python must come to the same number of states (SPIN
  counts one transition more, the start), or the run is refused.
* memcharge full has each state for itself, with private work joined to accesses; default and all
  are `--reduce default` and `--reduce all`. interp is the full space in plain Python; it, plain
  Python and frontrun run in the first round only.
* SPIN full is `-DNOREDUCE` and `-o1 -o2 -o3`; SPIN default has its reductions on. The scenarios of
  memcharge come to SPIN by `memcharge export promela`, with the same steps as in memcharge full and
  its properties left out; memcharge judges them in every state.
* memcharge runs from bytecode, as it does once it is installed.
* Rumur with a scalarset and Harmony count states that differ only in which process is which once.
* frontrun runs real threads and counts executions, not states; without a bound on preemptions.
* The CPUs may have had other work: read ratios above two, not digits.
"""


def rows(result: dict[str, Any], model: str) -> list[tuple[str, ...]]:
    """The table of one model."""
    return [_row(one) for one in result["rows"] if one["model"] == model]


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    if one["status"] != "done":
        return (one["tool"], one["status"], *[""] * (len(HEAD) - 2))
    states, wall, cpu = one["states"], median(one["wall"]), median(one["cpu"])
    unit = "" if one["unit"] == "states" else f" {one['unit']}"
    transitions = "" if one["transitions"] is None else f"{one['transitions']:,}"
    peak = max(one["peak"])
    return (
        one["tool"],
        f"{states:,}{unit}",
        transitions,
        f"{wall:.2f}",
        f"{cpu:.2f}",
        "" if unit else f"{states / cpu / 1e6:.3g}",
        f"{peak / (1 << 20):,.0f} MiB",
        f"{peak / states:.0f}" if states >= LARGE else "",
    )


def text(result: dict[str, Any]) -> str:
    """All tables, for a terminal."""
    lines: list[str] = []
    for model in dict.fromkeys(one["model"] for one in result["rows"]):
        table = [HEAD, *rows(result, model)]
        told = [max(len(row[column]) for row in table if row[2]) for column in range(len(HEAD))]
        told[0] = max(len(row[0]) for row in table)
        lines += ["", model]
        for row in table:
            cells = [row[0].ljust(told[0])]
            cells += [cell.rjust(width) for cell, width in zip(row[1:], told[1:], strict=True)]
            lines.append("  ".join(cells).rstrip())
    return "\n".join([*lines[1:], *_about(result)]) + "\n"


def markdown(result: dict[str, Any]) -> str:
    """The page of the documentation."""
    lines = [INTRODUCTION]
    for model in dict.fromkeys(one["model"] for one in result["rows"]):
        lines += [f"## {model}", "", f"| {' | '.join(HEAD)} |", f"|---|{'---:|' * (len(HEAD) - 1)}"]
        lines += [f"| {' | '.join(row)} |" for row in rows(result, model)]
        lines += [""]
    return "\n".join([*lines, "## Where", *_about(result)]) + "\n"


def _about(result: dict[str, Any]) -> list[str]:
    versions = ", ".join(f"{name} {one}" for name, one in result["versions"].items())
    return [
        "",
        f"{result['date']}, {result['rounds']} rounds, {result['cpus']} CPUs, {result['cpu']}.",
        f"{versions}.",
    ]
