# SPDX-License-Identifier: GPL-2.0-only
"""What is wrong with a text that does not compile, where, and what to write instead."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterable
from pathlib import Path


class LangError(Exception):
    """A construct outside the language, or a name that is not known.

    `str()` is the whole message: place, construct, the line with a caret,
    the reason and the remedy.
    """

    def __init__(
        self, file: str, line: int, column: int, text: str, what: str, why: str, remedy: str
    ) -> None:
        self.file, self.line, self.column = file, line, column
        self.what, self.why, self.remedy = what, why, remedy
        source = text.strip()
        caret = " " * (column - (len(text) - len(text.lstrip()))) + "^"
        super().__init__(
            f"{file}:{line}:{column + 1}: {what}\n"
            f"    {source}\n    {caret}\n"
            f"  why: {why}\n  instead: {remedy}"
        )


def error_at(
    path: Path, lines: list[str], node: ast.AST, what: str, why: str, remedy: str
) -> LangError:
    """A LangError that points at `node` of the file."""
    line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
    text = lines[line - 1] if line <= len(lines) else ""
    return LangError(str(path), line, column, text, what, why, remedy)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A remedy that offers the nearest known name, or lists a few."""
    names = sorted(set(known))
    near = difflib.get_close_matches(name, names, n=1)
    if near:
        return f"did you mean {near[0]}?"
    return f"known here: {', '.join(names[:8])}{', ...' if len(names) > 8 else ''}"
