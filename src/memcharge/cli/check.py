# SPDX-License-Identifier: GPL-2.0-only
"""`memcharge check`: explore every interleaving and tell what breaks."""

from __future__ import annotations

from typing import Unpack

import click

from memcharge.cli.options import Limits, options_from, search_options
from memcharge.cli.output import RECORD, keep, say
from memcharge.cli.running import exit_code, explore
from memcharge.editions.chain import load
from memcharge.report.check import check_text
from memcharge.scenarios import STORY, all_of, find

STORY_EDITIONS = ("v2_6_34", "mm_2010_05_07")


@click.command("check")
@click.argument("edition", nargs=-1, metavar="[EDITION|FILE.py]...")
@click.option(
    "-s",
    "--scenario",
    multiple=True,
    metavar="SCENARIO",
    help="Only this scenario; may be repeated.",
)
@search_options
@click.option(
    "--json",
    "path",
    metavar="FILE",
    default=RECORD,
    show_default=True,
    help="Where the record goes; - prints it and nothing else.",
)
@click.option("--no-times", is_flag=True, help="Leave out what differs from run to run.")
@click.option("--full", is_flag=True, help="Tell every witness, not one for each statement.")
def verb(
    edition: tuple[str, ...],
    *,
    scenario: tuple[str, ...],
    path: str,
    no_times: bool,
    full: bool,
    **search: Unpack[Limits],
) -> int:
    """Explore every interleaving and tell what breaks.

    EDITION is a name from `memcharge list`, a file of the same shape, or one
    with a protocol of its own.
    Without one: the story this began with, v2_6_34 beside mm_2010_05_07.
    Verdicts are about the bad outcome: Never, Sometimes, Always; Incomplete
    if a limit was hit.
    """
    options = options_from(search)
    editions = [load(name) for name in edition or STORY_EDITIONS]
    names = scenario or (() if edition else STORY)
    plan = [(one, [find(one, name) for name in names] or all_of(one)) for one in editions]
    outcome = explore(plan, options)
    written = keep(outcome.record, path)
    if path != "-":
        typed = {one.name: name for one, name in zip(editions, edition, strict=False)}
        text = check_text(
            outcome.record, written=written, times=not no_times, full=full, typed=typed
        )
        say(text)
    return exit_code(outcome)
