# SPDX-License-Identifier: GPL-2.0-only
"""`memcharge check`: explore every interleaving and tell what breaks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Unpack

import click

from memcharge.cli.errors import UserError
from memcharge.cli.options import F, Limits, options_from, search_options
from memcharge.cli.output import CHECKPOINT, RECORD, remark, say
from memcharge.cli.running import exit_code, explore, settle
from memcharge.editions.chain import Edition, load
from memcharge.engine import Asked, Recovery, texts
from memcharge.report.check import check_text
from memcharge.scenarios import STORY, Scenario, all_of, find

STORY_EDITIONS = ("v2_6_34", "mm_2010_05_07")

Plan = list[tuple[Edition, Sequence[Scenario]]]


class _Options(Limits):
    checkpoint: str | None
    no_checkpoint: bool
    every: float


def screen_options(command: F) -> F:
    """Add the options that say what is shown."""
    for option in (
        click.option("--full", is_flag=True,
                     help="Tell every witness, not one for each statement."),
        click.option("--no-times", is_flag=True, help="Leave out what differs from run to run."),
        click.option("--checkpoint-every", "every", type=click.FloatRange(min=0), default=30,
                     show_default=True, metavar="S", help="Seconds between two checkpoints."),
    ):  # fmt: skip
        command = option(command)
    return command


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
@click.option("--no-checkpoint", is_flag=True, help="Keep nothing to go on from.")
@click.option(
    "--checkpoint",
    metavar="FILE",
    help=f"Where to keep what memcharge resume goes on from; by default {CHECKPOINT} "
    "beside the record.",
)
@screen_options
def verb(
    edition: tuple[str, ...],
    *,
    scenario: tuple[str, ...],
    path: str,
    no_times: bool,
    full: bool,
    **rest: Unpack[_Options],
) -> int:
    """Explore every interleaving and tell what breaks.

    EDITION is a name from `memcharge list`, a file of the same shape, or one
    with a protocol of its own.
    Without one: the story this began with, v2_6_34 beside mm_2010_05_07.
    Verdicts are about the bad outcome: Never, Sometimes, Always; Incomplete
    if a limit was hit. What a limit, ^C or a crash stops, `memcharge resume`
    carries on.
    """
    options = options_from(rest)
    screen = {"no_times": no_times, "full": full}
    asked = Asked(edition, scenario, options, path, screen)
    plan = plan_of(asked)
    recovery = None
    if options.search == "simulate" and rest["checkpoint"]:
        raise UserError("walks need no checkpoint: the same --seed walks them again")
    if not rest["no_checkpoint"] and options.search != "simulate":
        beside = Path(CHECKPOINT if path == "-" else path).with_name(CHECKPOINT)
        recovery = Recovery(
            Path(rest["checkpoint"] or beside),
            asked,
            texts([one for one, _ in plan]),
            rest["every"],
        )
    return checked(asked, plan, recovery)


def plan_of(asked: Asked) -> Plan:
    """The editions and scenarios that were asked for."""
    editions = [load(name) for name in asked.editions or STORY_EDITIONS]
    names = asked.scenarios or (() if asked.editions else STORY)
    return [(one, [find(one, name) for name in names] or all_of(one)) for one in editions]


def checked(asked: Asked, plan: Plan, recovery: Recovery | None) -> int:
    """Explore, keep the record, tell; the exit code."""
    outcome = explore(plan, asked.options, recovery)
    written = settle(outcome, recovery, asked.record)
    if asked.record == "-":
        if outcome.checkpoint:
            remark(f"memcharge resume {outcome.checkpoint} goes on")
        return exit_code(outcome)
    given = zip(plan, asked.editions, strict=False)
    text = check_text(
        outcome.record,
        written=written,
        times=not asked.screen["no_times"],
        full=asked.screen["full"],
        typed={one.name: name for (one, _), name in given},
        checkpoint=outcome.checkpoint,
    )
    say(text)
    return exit_code(outcome)
