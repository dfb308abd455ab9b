# SPDX-License-Identifier: GPL-2.0-only
"""How many of others' expectations apply and hold, as a page of the documentation."""

from __future__ import annotations

from tests.expectations.run import editions, seen
from tests.expectations.table import ALL, LEFT_OUT, Expectation
from tests.repo.tree import ROOT

DOCUMENT = ROOT / "docs" / "expectations.md"

HEAD = """# What others expect of the counters

LTP's memcg tests, the kernel's selftests and its memcg_test.txt say what the counters of a group
must be after a page was touched, unmapped, written to swap or moved. No kernel runs here, so each
expectation is put to the editions instead, run in plain Python on one CPU, with one page for
their many. The page is written by `python -m tests.expectations`; the tests hold every edition to
it.
"""


def document() -> str:
    """The page as it should stand."""
    lines = [HEAD, "| expectation | start | then | expected | editions | hold |",
             "|---|---|---|---|---|---|"]  # fmt: skip
    asked = held = 0
    for said in ALL:
        names = editions(said)
        holding = [name for name in names if seen(name, said) == said.counters]
        asked, held = asked + len(names), held + len(holding)
        lines.append(_row(said, names, len(holding)))
    whole = len(ALL)
    lines += [
        "",
        f"{whole} expectations apply, to {asked} pairs with an edition; {held} pairs hold.",
    ]
    limits = dict.fromkeys(said.why for said in ALL if said.why)
    lines += ["", "Not asked of every edition:", "", *(f"* {why}." for why in limits)]
    lines += ["", "Left out:", "", *(f"* {what}: {why}." for what, why in LEFT_OUT.items())]
    return "\n".join(lines) + "\n"


def _row(said: Expectation, names: list[str], holding: int) -> str:
    figures = ", ".join(f"{name} {value}" for name, value in said.counters.items())
    span = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
    cells = (said.source, said.start, ", ".join(said.acts) or "-", figures, span,
             f"{holding} of {len(names)}")  # fmt: skip
    return f"| {' | '.join(cells)} |"
