# SPDX-License-Identifier: GPL-2.0-only
"""`memcharge resume`: go on where a check was stopped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TypedDict, Unpack

import click

from memcharge.cli.check import STORY_EDITIONS, checked, plan_of, screen_options
from memcharge.cli.options import asked_for, limit_options, workers_option
from memcharge.cli.output import CHECKPOINT
from memcharge.cli.sweep import swept
from memcharge.editions.chain import load
from memcharge.engine import Recovery, Stored, texts


class _Limits(TypedDict):
    max_states: int | None
    max_memory: int | None
    seconds: float | None


@click.command("resume")
@click.argument("checkpoint", default=CHECKPOINT, metavar="[CHECKPOINT]")
@workers_option
@limit_options
@click.option("--json", "path", metavar="FILE", help="Where the record goes, if elsewhere.")
@screen_options
def verb(
    checkpoint: str,
    *,
    path: str | None,
    every: float,
    no_times: bool,
    full: bool,
    workers: str,
    **limits: Unpack[_Limits],
) -> int:
    """Go on where a check or a sweep was stopped, by a limit, ^C or a crash.

    CHECKPOINT is the file that the check left, by default
    memcharge-checkpoint.mcc. What the check was asked still holds, but for
    --max-states and --time, which only stop what they are given to, and other
    --workers may go on with it. The end is the same as if nothing had happened.
    """
    stored = Stored(Path(checkpoint))
    before = stored.asked
    options = replace(
        before.options,
        max_states=limits["max_states"],
        seconds=limits["seconds"],
        max_memory=limits["max_memory"] or before.options.max_memory,
        workers=asked_for(workers, before.options.search, before.options.engine)
        or before.options.workers,
    )
    screen = {
        "no_times": no_times or before.screen["no_times"],
        "full": full or before.screen.get("full", False),
    }
    asked = replace(before, options=options, record=path or before.record, screen=screen)
    found = texts([load(name) for name in asked.editions or STORY_EDITIONS])
    stored.must_fit(found)
    recovery = Recovery(stored.path, asked, found, every, stored)
    if asked.width is not None:
        return swept(asked, recovery)
    return checked(asked, plan_of(asked), recovery)
