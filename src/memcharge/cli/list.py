# SPDX-License-Identifier: GPL-2.0-only
"""`memcharge list`: what there is to check, and what a check leaves out."""

from __future__ import annotations

from dataclasses import replace
from typing import Unpack

import click

from memcharge.cli.coverage import uncovered
from memcharge.cli.errors import UserError
from memcharge.cli.options import Limits, options_from, search_options
from memcharge.cli.output import say
from memcharge.cli.running import explore
from memcharge.editions.chain import Edition, known, load
from memcharge.editions.standins import STANDINS
from memcharge.engine import Options
from memcharge.report.listing import (
    list_text,
    not_modelled_text,
    protocol_text,
    uncovered_text,
)
from memcharge.scenarios import all_of, catalogue, properties, properties_of


@click.command("list")
@click.argument("edition", nargs=-1, metavar="[EDITION|FILE.py]...")
@click.option("--not-modelled", is_flag=True, help="What is only a stand-in, and why.")
@click.option(
    "--uncovered",
    "bare",
    is_flag=True,
    help="Statements of the editions (default: all) that no scenario reaches.",
)
@search_options
def verb(
    edition: tuple[str, ...],
    *,
    not_modelled: bool,
    bare: bool,
    **search: Unpack[Limits],
) -> int:
    """Name the editions, the scenarios and the properties.

    With the file of a protocol of its own: its scenarios and properties.
    """
    if not_modelled:
        say(not_modelled_text([(row.name, row.kind, row.reason) for row in STANDINS]))
        return 0
    if bare:
        # Only the interpreter notes which lines it reaches.
        options = replace(options_from(search), engine="interp")
        return _uncovered(edition or tuple(known()), options)
    say("\n".join(_declared(load(name)) for name in edition) if edition else _everything())
    return 0


def _everything() -> str:
    editions = [load(name) for name in known()]
    return list_text(
        [(e.name, e.summary, e.provenance) for e in editions],
        [(s.name, s.summary, "") for s in catalogue()],
        [(p.name, p.meaning, p.when.replace("_", " ")) for p in properties()],
    )


def _declared(edition: Edition) -> str:
    """What a protocol of its own declares."""
    if edition.declared is None:
        raise UserError(
            "list takes an edition only with --uncovered, for all have the same scenarios; "
            "show prints its text"
        )
    return protocol_text(
        (edition.name, edition.summary, edition.provenance),
        [(s.name, s.summary, "") for s in all_of(edition)],
        [(p.name, p.meaning, p.when.replace("_", " ")) for p in properties_of(edition)],
    )


def _uncovered(names: tuple[str, ...], options: Options) -> int:
    for name in names:
        edition = load(name)
        scenarios = all_of(edition)
        outcome = explore([(edition, scenarios)], options)
        missed, whole, statements = uncovered(edition, outcome.record.runs[0].results)
        say(uncovered_text(edition.name, len(scenarios), missed, whole, statements))
        if outcome.interrupted:
            return 3
    return 0
