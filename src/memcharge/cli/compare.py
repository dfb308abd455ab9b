# SPDX-License-Identifier: GPL-2.0-only
"""`memcharge compare`: editions side by side, and what changed from one to the next."""

from __future__ import annotations

from itertools import pairwise
from typing import Unpack

import click

from memcharge.analysis.lineage import changed, chosen
from memcharge.cli.diff import difference
from memcharge.cli.options import Limits, options_from, search_options
from memcharge.cli.output import keep, say
from memcharge.cli.running import exit_code, explore
from memcharge.report.compare import compare_text
from memcharge.scenarios import all_of, find

RECORD = "memcharge-compare.json"


@click.command("compare")
@click.argument("edition", nargs=-1, metavar="[EDITION|OLDEST..NEWEST|FILE.py]...")
@click.option(
    "-s",
    "--scenario",
    multiple=True,
    metavar="SCENARIO",
    help="Only this scenario; may be repeated.",
)
@search_options
@click.option("--all", "everything", is_flag=True, help="Also rows that no edition breaks.")
@click.option("--diff", "texts", is_flag=True, help="Print the text that did it.")
@click.option(
    "--json",
    "path",
    metavar="FILE",
    default=RECORD,
    show_default=True,
    help="Where the record goes; - prints it and nothing else.",
)
@click.option("--no-times", is_flag=True, help="Leave out what differs from run to run.")
def verb(
    edition: tuple[str, ...],
    *,
    scenario: tuple[str, ...],
    everything: bool,
    texts: bool,
    path: str,
    no_times: bool,
    **limits: Unpack[Limits],
) -> int:
    """Check editions side by side: verdicts, costs, and what changed from left to right.

    Without one: all editions of the lineage. OLDEST..NEWEST stands for all
    from one to the other. A verdict with a star differs from the one to its
    left, in the word or in what is broken.
    """
    options = options_from(limits)
    editions = chosen(edition)
    plan = [(one, [find(one, name) for name in scenario] or all_of(one)) for one in editions]
    outcome = explore(plan, options)
    written = keep(outcome.record, path)
    if path == "-":
        return exit_code(outcome)
    differing = {(a.name, b.name): changed(a, b) for a, b in pairwise(editions)}
    say(
        compare_text(
            outcome.record, differing, written=written, times=not no_times, everything=everything
        )
    )
    if texts:
        for before, after in pairwise(editions):
            say("\n" + difference(before, after))
    return exit_code(outcome)
