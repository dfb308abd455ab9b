# SPDX-License-Identifier: GPL-2.0-only
"""`memcharge list`: what there is to check, and what a check leaves out."""

from __future__ import annotations

from dataclasses import replace
from typing import Unpack

import click

from memcharge import engine
from memcharge.cli.coverage import Reach
from memcharge.cli.errors import INCOMPLETE, UserError
from memcharge.cli.options import Limits, options_from, search_options
from memcharge.cli.output import say
from memcharge.cli.progress import ProgressLine
from memcharge.editions.chain import Edition, known, load
from memcharge.editions.standins import STANDINS
from memcharge.engine import Options, own_text
from memcharge.report.listing import (
    list_text,
    not_modelled_text,
    protocol_text,
    uncovered_text,
)
from memcharge.scenarios import (
    KINDS,
    MODIFIERS,
    Scenario,
    all_of,
    catalogue,
    meanings,
    properties,
    properties_of,
)
from memcharge.trace import Run
from memcharge.trace.files import read


@click.command("list")
@click.argument("edition", nargs=-1, metavar="[EDITION|FILE.py]...")
@click.option("--not-modelled", is_flag=True, help="What is only a stand-in, and why.")
@click.option(
    "--uncovered",
    "bare",
    is_flag=True,
    help="Statements that the editions (default: all) define and no scenario reaches.",
)
@click.option(
    "--record",
    "records",
    multiple=True,
    metavar="RUN.json",
    help="With --uncovered: count what this check or sweep reached, too; may be repeated.",
)
@search_options
def verb(
    edition: tuple[str, ...],
    *,
    not_modelled: bool,
    bare: bool,
    records: tuple[str, ...],
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
        runs = [run for path in records for run in read(path).runs]
        return _uncovered(edition or tuple(known()), options, runs)
    if records:
        raise UserError("--record goes with --uncovered")
    say("\n".join(_declared(load(name)) for name in edition) if edition else _everything())
    return 0


def _everything() -> str:
    editions = [load(name) for name in known()]
    return list_text(
        [(e.name, e.summary, e.provenance) for e in editions],
        [(s.name, s.summary, "") for s in catalogue()],
        {"actor": meanings(), "page kind": KINDS, "modifier": MODIFIERS},
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


def _same_text(edition: Edition, run: Run) -> None:
    """What a record says of lines holds as long as they are where they were."""
    if run.text != own_text(edition):
        raise UserError(
            f"--record: {edition.name} has another text than when that record was made; "
            "check or sweep it again"
        )


def _uncovered(names: tuple[str, ...], options: Options, runs: list[Run]) -> int:
    for name in names:
        edition = load(name)
        reach = Reach(edition)
        for run in runs:
            if run.edition == edition.name:
                _same_text(edition, run)
                for result in run.results:
                    reach.add(result)
        scenarios = all_of(edition)
        line = ProgressLine(len(scenarios))
        try:
            for number, scenario in enumerate(scenarios, 1):
                line.begin(number, edition.name, scenario.name)
                _reach(reach, edition, scenario, options)
        except KeyboardInterrupt:
            return INCOMPLETE
        finally:
            line.end()
        say(
            uncovered_text(
                edition.name, len(scenarios), reach.missed, reach.whole, reach.statements
            )
        )
    return 0


def _reach(reach: Reach, edition: Edition, scenario: Scenario, options: Options) -> None:
    """Explore a scenario, if it has anything that was not reached yet."""
    if reach.missed:
        program = engine.compile_scenario(edition, scenario, options.reduce)
        if reach.can_grow(program):
            reach.add(engine.check(edition, scenario, options, None, None, program))
