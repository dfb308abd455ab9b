# SPDX-License-Identifier: GPL-2.0-only
"""`memcharge sweep`: every combination of actors, page kinds and start states."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

import click

from memcharge.analysis.sweep import Sweep, Width
from memcharge.cli.errors import UserError
from memcharge.cli.options import Limits, options_from, search_options
from memcharge.cli.output import say
from memcharge.cli.running import exit_code, explore, settle
from memcharge.editions.chain import load
from memcharge.engine import Asked, Recovery, texts
from memcharge.report.sweep import sweep_text
from memcharge.scenarios import MOST_ACTORS

RECORD = "memcharge-sweep.json"
CHECKPOINT = "memcharge-sweep.mcc"


class _Options(Limits):
    actors: int
    modifiers: int
    budget: float | None
    every: float
    no_times: bool


@click.command("sweep")
@click.argument("edition", metavar="EDITION|FILE.py")
@click.option(
    "--actors",
    type=click.IntRange(1, MOST_ACTORS),
    default=2,
    show_default=True,
    metavar="N",
    help="How many act at most.",
)
@click.option(
    "--modifiers",
    type=click.IntRange(0, 3),
    default=1,
    show_default=True,
    metavar="N",
    help="How many modifiers a start state has at most.",
)
@click.option(
    "--budget",
    type=click.FloatRange(min=0, min_open=True),
    metavar="S",
    help="Begin no search after so many seconds.",
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
@click.option(
    "--checkpoint",
    metavar="FILE",
    default=CHECKPOINT,
    show_default=True,
    help="Where to keep what memcharge resume goes on from.",
)
@click.option(
    "--checkpoint-every",
    "every",
    type=click.FloatRange(min=0),
    default=30,
    show_default=True,
    metavar="S",
    help="Seconds between two checkpoints.",
)
@click.option("--no-times", is_flag=True, help="Leave out what differs from run to run.")
def verb(edition: str, *, checkpoint: str, path: str, **rest: Unpack[_Options]) -> int:
    """Check an edition in every combination that there can be.

    Every set of actors, on every page kind, from every start state; those that
    compile to the same program are explored once. What breaks is told by its
    cause: the statement, and what another CPU changed before, each with its
    shortest witness. What ^C, --budget or a crash stops, memcharge resume
    carries on.
    """
    width = rest["actors"], rest["modifiers"]
    screen = {"no_times": rest["no_times"]}
    asked = Asked((edition,), (), options_from(rest), path, screen, width)
    recovery = Recovery(Path(checkpoint), asked, texts([load(edition)]), rest["every"])
    return swept(asked, recovery, rest["budget"])


def swept(asked: Asked, recovery: Recovery, budget: float | None = None) -> int:
    """Explore, keep the record, tell; the exit code."""
    assert asked.width is not None
    edition = load(asked.editions[0])
    if edition.declared is not None:
        raise UserError(
            f"sweep combines actors on pages, and {edition.name} is a protocol of its own; "
            "memcharge check runs all of its scenarios"
        )
    width = Width(*asked.width)
    sweep = Sweep(width, asked.options, budget)
    outcome = explore([(edition, [*width.scenarios()])], asked.options, recovery, sweep)
    written = settle(outcome, recovery, asked.record)
    if asked.record != "-":
        times = not asked.screen["no_times"]
        say(sweep_text(outcome.record, written=written, times=times, checkpoint=outcome.checkpoint))
    return exit_code(outcome)
