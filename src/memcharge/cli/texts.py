# SPDX-License-Identifier: GPL-2.0-only
"""Functions of an edition as text, with the edition and the file they come from."""

from __future__ import annotations

import inspect
import textwrap
from pathlib import Path

import memcharge
from memcharge.cli.errors import UserError, unknown
from memcharge.editions.chain import Edition
from memcharge.report.source import Text

_PACKAGE = Path(memcharge.__file__).parent


def functions(edition: Edition) -> list[str]:
    """The functions that some edition wrote, in the order of their text."""
    named = [name for name in edition.namespace if name in edition.origin]
    return sorted(
        named, key=lambda name: (edition.origin[name] != edition.name, *_at(edition, name))
    )


def text_of(edition: Edition, function: str) -> Text:
    """One function as it stands in this edition."""
    if function not in edition.namespace:
        raise unknown(f"function in {edition.name}:", function, functions(edition))
    written = edition.namespace[function]
    try:
        lines, line = inspect.getsourcelines(written)
    except (OSError, TypeError):
        raise UserError(f"{function} has no text: it is part of the vocabulary") from None
    file = inspect.getsourcefile(written) or ""
    source = textwrap.dedent("".join(lines))
    return Text(function, edition.origin.get(function, "kernel"), relative(file), line, source)


def relative(file: str) -> str:
    """The file as a reader can find it: below the package, or below the current directory."""
    path = Path(file)
    for base in (_PACKAGE, Path.cwd()):
        if path.is_relative_to(base):
            return str(path.relative_to(base))
    return file


def _at(edition: Edition, function: str) -> tuple[str, int]:
    code = getattr(edition.namespace[function], "__code__", None)
    return (code.co_filename, code.co_firstlineno) if code else ("", 0)
