# SPDX-License-Identifier: GPL-2.0-only
"""From a function object back to its syntax tree, each file parsed once."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import FunctionType


@dataclass(frozen=True, slots=True)
class Source:
    """A function's definition, its file and that file's lines."""

    path: Path
    lines: list[str]
    definition: ast.FunctionDef

    def line(self, number: int) -> str:
        """Line `number` of the file, stripped."""
        return self.lines[number - 1].strip()

    def text(self, node: ast.expr) -> str:
        """An expression as written, on one line."""
        if node.end_lineno == node.lineno:
            line = self.lines[node.lineno - 1]
            if line.isascii():
                return line[node.col_offset : node.end_col_offset]
        return ast.unparse(node)


@lru_cache(maxsize=None)
def _parsed(path: Path, _changed: int) -> tuple[list[str], dict[int, ast.FunctionDef]]:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text, str(path))
    functions = {
        node.lineno: node for node in tree.body if isinstance(node, ast.FunctionDef)
    }
    return text.splitlines(), functions


def source_of(function: FunctionType) -> Source:
    """Find the definition of a function at a module's top level.

    LookupError if its file holds no such definition.
    """
    path = Path(function.__code__.co_filename)
    lines, functions = _parsed(path, path.stat().st_mtime_ns)
    definition = functions.get(function.__code__.co_firstlineno)
    if definition is None:
        raise LookupError(f"{function.__name__} is not defined at the top of {path}")
    return Source(path, lines, definition)
