# SPDX-License-Identifier: GPL-2.0-only
"""Printing: plain when piped; on a terminal the headlines stand out."""

from __future__ import annotations

import os
import sys

import click

from memcharge.trace import Record
from memcharge.trace.files import RecordError, dump, write

RECORD = "memcharge-run.json"
CHECKPOINT = "memcharge-checkpoint.mcc"


def say(text: str) -> None:
    """Print a finished screen."""
    if _coloured():
        lines = text.split("\n")
        text = "\n".join(
            click.style(line, fg="red", bold=True) if line.startswith("BUG:") else line
            for line in lines
        )
    click.echo(text, nl=False, color=_coloured() or None)


def remark(line: str) -> None:
    """Print one line beside the result, on standard error."""
    click.echo(f"memcharge: {line}", err=True)


def keep(record: Record, path: str) -> str:
    """Write the record; the file's name, or "" and a remark if it cannot be written."""
    return keep_text(dump(record), path)


def keep_text(text: str, path: str) -> str:
    """The same of a record that is text already."""
    if path == "-":
        click.echo(text, nl=False)
        return ""
    try:
        write(path, text)
    except RecordError as error:
        remark(f"{error}; the record is not kept, --json FILE names another place")
        return ""
    return path


def _coloured() -> bool:
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()
