# SPDX-License-Identifier: GPL-2.0-only
"""`memcharge diff`: what separates two editions."""

from __future__ import annotations

import click

from memcharge.cli.output import say
from memcharge.cli.texts import functions, text_of
from memcharge.editions.chain import Edition, load
from memcharge.report.source import Text, diff_text


@click.command("diff")
@click.argument("one", metavar="EDITION")
@click.argument("other", metavar="EDITION")
def verb(one: str, other: str) -> None:
    """Print a unified diff of the functions that differ between two editions."""
    say(difference(load(one), load(other)))


def difference(before: Edition, after: Edition) -> str:
    """A unified diff of the functions that differ between two editions."""
    names = dict.fromkeys([*functions(after), *functions(before)])
    pairs = [(_text(before, name), _text(after, name)) for name in names]
    return diff_text(before.name, after.name, pairs)


def _text(edition: Edition, function: str) -> Text | None:
    return text_of(edition, function) if function in edition.origin else None
