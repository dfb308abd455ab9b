# SPDX-License-Identifier: GPL-2.0-only
"""`memcharge show`: an edition's text as it stands after all patches."""

from __future__ import annotations

import click

from memcharge.cli.output import say
from memcharge.cli.texts import functions, text_of
from memcharge.editions.chain import load
from memcharge.report.source import show_text


@click.command("show")
@click.argument("edition", metavar="EDITION|FILE.py")
@click.argument("function", required=False)
def verb(edition: str, function: str | None) -> None:
    """Print the text of an edition, or of one FUNCTION, after all patches.

    The edition's own functions come first, then those of the editions it
    is based on.
    """
    loaded = load(edition)
    names = [function] if function else functions(loaded)
    say(show_text(loaded.name, [text_of(loaded, name) for name in names]))
