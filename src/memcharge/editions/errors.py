# SPDX-License-Identifier: GPL-2.0-only
"""What a file that cannot be loaded is told."""

from __future__ import annotations

import ast
from pathlib import Path


class EditionError(Exception):
    """An edition cannot be loaded: what is wrong and where, why, and the remedy."""

    def __init__(
        self, file: str, line: int | None, column: int | None, what: str, why: str, remedy: str
    ) -> None:
        place = ":".join(str(part) for part in (file, line, column) if part is not None)
        super().__init__(f"{place}: {what}; {why}; {remedy}")
        self.file = file
        self.line = line
        self.column = column
        self.what = what
        self.why = why
        self.remedy = remedy


def refused(
    path: Path, node: ast.stmt | ast.expr | ast.alias, what: str, why: str, remedy: str
) -> EditionError:
    """The error about one piece of a file's text."""
    return EditionError(str(path), node.lineno, node.col_offset + 1, what, why, remedy)
