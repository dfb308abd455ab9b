# SPDX-License-Identifier: GPL-2.0-only
"""`memcharge export`: a scenario as a model for another tool."""

from __future__ import annotations

from pathlib import Path

import click

from memcharge.cli.errors import UserError
from memcharge.cli.options import reductions
from memcharge.cli.output import say
from memcharge.editions.chain import load
from memcharge.engine.prepare import compile_scenario
from memcharge.ir.promela import promela_text
from memcharge.scenarios import find


@click.group("export", subcommand_metavar="promela [ARGS]...")
def verb() -> None:
    """Write a scenario as a model for another tool."""


@verb.command("promela")
@click.argument("edition", metavar="EDITION|FILE.py")
@click.argument("scenario")
@click.option(
    "--reduce",
    metavar="NAME,...",
    default="default",
    show_default=True,
    help="Reductions to use: default, all, none or names.",
)
@click.option("--assert", "judge", is_flag=True, help="Assert the properties in every state.")
@click.option("-o", "--output", metavar="FILE", help="Where it goes; by default it is printed.")
def promela(edition: str, scenario: str, reduce: str, judge: bool, output: str | None) -> None:
    """Write a SPIN model with the same steps.

    SPIN finds the same number of states as a check without symmetry and ample,
    and one transition more. With --assert a process more looks at every state.
    """
    loaded = load(edition)
    chosen = reductions(reduce) - {"symmetry", "ample"}  # Promela has no word for them
    wanted = find(loaded, scenario)
    title = [
        f"{wanted.name} of {loaded.name}: {wanted.summary}",
        f"reductions: {', '.join(sorted(chosen)) or 'none'}",
    ]
    text = promela_text(compile_scenario(loaded, wanted, chosen), title, judge=judge)
    if output is None:
        say(text)
        return
    try:
        Path(output).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{output} cannot be written: {error.strerror}") from None
    say(
        f"Wrote {output}.  Next:\n"
        f"  spin -a -o1 -o2 -o3 {output}\n"
        f"  cc -O1 -DNOREDUCE -DVECTORSZ=8192 -o pan pan.c && ./pan -m1000000\n"
        f"  memcharge check {edition} -s {wanted.name}"
        f"{'' if reduce == 'default' else f' --reduce {reduce}'}\n"
    )
