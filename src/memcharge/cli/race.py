# SPDX-License-Identifier: GPL-2.0-only
"""`memcharge race`: a witness as a CPU 0 / CPU 1 diagram."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Unpack

import click

from memcharge import engine as engines
from memcharge.cli.check import STORY_EDITIONS
from memcharge.cli.errors import BROKEN, HOLDS, UserError, unknown
from memcharge.cli.options import F, Limits, options_from, search_options
from memcharge.cli.output import RECORD, remark, say
from memcharge.cli.running import exit_code, explore
from memcharge.editions.chain import load
from memcharge.engine import Options
from memcharge.report.race import RaceOptions, race_text
from memcharge.report.witness import Witness, alike, witnesses
from memcharge.scenarios import STORY, find
from memcharge.trace import Record, parse_schedule
from memcharge.trace.files import read


@dataclass(frozen=True, slots=True)
class Asked:
    """What to draw, as the command line said it."""

    target: str | None
    scenario: str | None
    property: str | None
    schedule: str | None


class _Options(Limits):
    heads: str
    number: bool
    everything: bool
    locks: bool
    width: int
    format_: str


def _drawing_options(command: F) -> F:
    for option in (
        click.option("--format", "format_", type=click.Choice(["commit", "markdown"]),
                     default="commit", show_default=True, help="What to paste into."),
        click.option("--width", type=click.IntRange(min=40, max=400), default=72,
                     show_default=True, metavar="N", help="Columns of text."),
        click.option("--locks", is_flag=True, help="Show locks as rows."),
        click.option("--all", "everything", is_flag=True, help="Show every access, fold nothing."),
        click.option("--number", is_flag=True, help="Number the steps."),
        click.option("--heads", type=click.Choice(["cpus", "functions"]), default="cpus",
                     show_default=True, help="What stands above the columns."),
    ):  # fmt: skip
        command = option(command)
    return command


@click.command("race")
@click.argument("target", required=False, metavar="[RUN.json[#N] | EDITION SCENARIO]")
@click.argument("scenario", required=False, metavar="")
@click.option("--property", "property_", metavar="NAME", help="Only witnesses of this property.")
@click.option("--schedule", metavar="S", help='Replay just this schedule, as "0x26 1x6".')
@_drawing_options
@search_options
def verb(
    target: str | None,
    scenario: str | None,
    *,
    property_: str | None,
    schedule: str | None,
    **rest: Unpack[_Options],
) -> int:
    """Draw witnesses for a changelog.

    RUN.json#N draws the N-th witness of a record, RUN.json one for each
    broken statement; EDITION SCENARIO explores first. Without arguments:
    memcharge-run.json if there is one, else the story this began with.

    Drawing from a record ends with 0; exploring and replaying end as check does.
    """
    asked = Asked(target, scenario, property_, schedule)
    drawing = RaceOptions(
        rest["heads"],
        rest["number"],
        rest["everything"],
        rest["locks"],
        rest["width"],
        rest["format_"],
    )
    options = options_from(rest)
    if schedule is not None:
        return _replay(asked, drawing, options)
    record = _recorded(asked)
    if record is not None:
        return _from_record(*record, asked, drawing)
    return _explored(asked, drawing, options)


def _recorded(asked: Asked) -> tuple[str, int | None] | None:
    """The record's file and the witness asked for; None if there is something to explore."""
    if asked.target is None:
        return (RECORD, None) if Path(RECORD).exists() else None
    match = re.fullmatch(r"(.+\.json|-)(?:#(\d+))?", asked.target)
    if match is None:
        if asked.scenario is None:
            raise UserError(
                f"{asked.target} is no record (.json), so a scenario must follow it; "
                "memcharge list names them"
            )
        return None
    if asked.scenario is not None:
        raise UserError(f"{asked.target} is a record, so no scenario can follow it")
    return match[1], int(match[2]) if match[2] else None


def _from_record(path: str, number: int | None, asked: Asked, drawing: RaceOptions) -> int:
    found = witnesses(read(path))
    if number is None:
        _draw(_of_property(found, asked.property), drawing, path, one_each=True)
        return HOLDS
    chosen = [witness for witness in found if witness.number == number]
    if not chosen:
        held = f"its witnesses are 1 to {len(found)}" if found else "nothing is broken in it"
        raise UserError(f"{path} has no witness #{number}; {held}")
    _draw([_whole(witness) for witness in chosen], drawing, path)
    return HOLDS


def _whole(witness: Witness) -> Witness:
    """The witness with its trace; a sweep keeps only the schedule of most."""
    broken, run = witness.broken, witness.run
    if broken.trace or not broken.schedule:
        return witness
    edition = load(run.edition)
    scenario = find(edition, witness.result.scenario)
    options = Options(reduce=frozenset(run.reductions))
    schedule = parse_schedule(broken.schedule)
    replayed = engines.replay(edition, scenario, schedule, options, broken.property)
    return replace(witness, broken=replayed)


def _explored(asked: Asked, drawing: RaceOptions, options: Options) -> int:
    names = [asked.target] if asked.target else STORY_EDITIONS
    scenarios = [asked.scenario] if asked.scenario else STORY
    editions = [load(name) for name in names]
    plan = [(one, [find(one, name) for name in scenarios]) for one in editions]
    outcome = explore(plan, options)
    found = _of_property(witnesses(outcome.record), asked.property)
    if found:
        _draw(found, drawing, "", one_each=asked.scenario is None)
    else:
        _nothing(outcome.record)
    return exit_code(outcome)


def _nothing(record: Record) -> None:
    for run in record.runs:
        for result in run.results:
            why = f" ({result.incomplete})" if result.incomplete else ""
            remark(
                f"{run.edition}, {result.scenario}: {result.verdict}{why}, "
                f"{result.states:,} states; nothing to draw"
            )


def _replay(asked: Asked, drawing: RaceOptions, options: Options) -> int:
    if asked.target is None or asked.scenario is None:
        raise UserError("--schedule needs an edition and a scenario to replay it in")
    try:
        schedule = parse_schedule(asked.schedule or "")
    except ValueError as error:
        raise UserError(f"--schedule: {error}") from None
    if not schedule:
        raise UserError('--schedule is empty; write CPUxSTEPS, as "0x26 1x6"')
    edition = load(asked.target)
    scenario = find(edition, asked.scenario)
    broken = engines.replay(edition, scenario, schedule, options)
    say(race_text(broken, edition.name, scenario.name, drawing))
    return BROKEN if broken.property else HOLDS


def _of_property(found: list[Witness], name: str | None) -> list[Witness]:
    if name is None:
        return found
    chosen = [witness for witness in found if witness.broken.property == name]
    if not chosen and found:
        broken = dict.fromkeys(witness.broken.property for witness in found)
        raise unknown("broken property", name, broken, f"broken are {', '.join(broken)}")
    return chosen


def _draw(found: list[Witness], drawing: RaceOptions, path: str, *, one_each: bool = False) -> None:
    if not found:
        remark(f"{path}: no property is broken; nothing to draw")
        return
    shown = [group[0] for group in alike(found)] if one_each else found
    texts = [
        race_text(witness.broken, witness.run.edition, witness.result.scenario, drawing)
        for witness in shown
    ]
    say("\n".join(texts))
    if path and len(shown) < len(found):
        remark(
            f"{len(found) - len(shown)} more of the same statements in {path}; "
            f"{path}#N draws one, N from 1 to {found[-1].number}"
        )
