# SPDX-License-Identifier: GPL-2.0-only
"""`memcharge show`: an edition's text as it stands after all patches."""

from __future__ import annotations

from pathlib import Path

import click

from memcharge import kernel
from memcharge.cli.errors import UserError
from memcharge.cli.output import say
from memcharge.cli.texts import functions, text_of
from memcharge.editions.chain import Edition, load
from memcharge.engine.prepare import compile_scenario
from memcharge.ir.nodes import End, Graph, Site
from memcharge.ir.protection import protections
from memcharge.report.protection import Guarded, Steps, protection_text
from memcharge.report.source import show_text
from memcharge.scenarios import find

VOCABULARY = Path(kernel.__file__).parent
PLAIN = ("constants", "slice", "private", "dead")


@click.command("show")
@click.argument("edition", metavar="EDITION|FILE.py")
@click.argument("function", required=False)
@click.option(
    "--reductions",
    "scenario",
    metavar="SCENARIO",
    help="Tell which fields of a scenario are under a lock at every access, and which are not.",
)
def verb(edition: str, function: str | None, scenario: str | None) -> None:
    """Print the text of an edition, or of one FUNCTION, after all patches.

    The edition's own functions come first, then those of the editions it
    is based on.
    """
    loaded = load(edition)
    if scenario is not None:
        if function is not None:
            raise UserError("--reductions tells of a whole scenario; leave FUNCTION out")
        say(_reductions(loaded, scenario))
        return
    names = [function] if function else functions(loaded)
    say(show_text(loaded.name, [text_of(loaded, name) for name in names]))


def _reductions(edition: Edition, name: str) -> str:
    """What reductions make of a scenario, and what keeps them from more."""
    scenario = find(edition, name)
    plain = compile_scenario(edition, scenario, PLAIN)
    guarded = [
        Guarded(one.place, one.lock, one.accesses, tuple(dict.fromkeys(map(_line, one.without))))
        for one in protections(plain)
    ]
    joined = compile_scenario(edition, scenario, (*PLAIN, "sections"))
    steps = [
        Steps(before.name, _starts(before), _starts(after))
        for before, after in zip(plain.cpus, joined.cpus, strict=True)
    ]
    sliced = [f"{struct}.{field}" for struct, field in sorted(plain.layout.sliced)]
    return protection_text(f"{scenario.name} in {edition.name}", steps, sliced, guarded)


def _starts(graph: Graph) -> int:
    return sum(not node.glued and not isinstance(node, End) for node in graph.nodes)


def _line(access: tuple[Site, bool]) -> str:
    """Where the protocol's own text makes an access, by whatever means."""
    site, writes = access
    frame, line = site.frame, site.line
    while frame.parent is not None and Path(frame.file).parent == VOCABULARY:
        frame, line = frame.parent, frame.line
    where = f"{Path(frame.file).name}:{line}"
    return f"{where:24} {'writes' if writes else 'reads '}  {frame.function}"
