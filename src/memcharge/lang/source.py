# SPDX-License-Identifier: GPL-2.0-only
"""From a function object back to its syntax tree, each file parsed once."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType

from memcharge.lang.assigned import unsure_names


@dataclass(frozen=True, slots=True)
class Source:
    """A function's definition, its file and that file's lines.

    `names` are all names in its body in order, `assigned` those it gives values to;
    `unsure` those of them that may be read first; `only_return` is its return statement
    if it has just one, at its end.
    """

    path: Path
    lines: list[str]
    definition: ast.FunctionDef
    assigned: frozenset[str]
    unsure: frozenset[str]
    only_return: ast.Return | None
    names: tuple[ast.Name, ...]

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


@cache
def _parsed(path: str, _changed: int) -> tuple[list[str], dict[int, ast.FunctionDef]]:
    text = Path(path).read_text(encoding="utf-8")
    tree = ast.parse(text, path)
    functions = {
        min([node.lineno, *(one.lineno for one in node.decorator_list)]): node
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }
    return text.splitlines(), functions


# By identity: texts that differ only in an annotation have equal code.
_KNOWN: dict[int, tuple[CodeType, Source]] = {}


def _below(body: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """Every node of a body, in no order: in a third of the time that `ast.walk` takes."""
    waiting = [*body]
    while waiting:
        node = waiting.pop()
        yield node
        for part in node.__dict__.values():
            if isinstance(part, ast.AST):
                waiting.append(part)
            elif isinstance(part, list):
                waiting += [one for one in part if isinstance(one, ast.AST)]


def _found(code: CodeType) -> Source | None:
    changed = Path(code.co_filename).stat().st_mtime_ns
    lines, functions = _parsed(code.co_filename, changed)
    definition = functions.get(code.co_firstlineno)
    if definition is None:
        return None
    names, returns = [], []
    for node in _below(definition.body):
        if isinstance(node, ast.Name):
            names.append(node)
        elif isinstance(node, ast.Return):
            returns.append(node)
    names.sort(key=lambda name: (name.lineno, name.col_offset))
    assigned = frozenset(name.id for name in names if isinstance(name.ctx, ast.Store))
    last = returns[0] if len(returns) == 1 and definition.body[-1] is returns[0] else None
    unsure = unsure_names(definition, assigned)
    path = Path(code.co_filename)
    return Source(path, lines, definition, assigned, unsure, last, tuple(names))


def source_of(function: FunctionType) -> Source:
    """Find the definition of a function at a module's top level.

    LookupError if its file holds no such definition.
    """
    code = function.__code__
    known = _KNOWN.get(id(code))
    if known is not None:
        return known[1]
    found = _found(code)
    if found is None:
        raise LookupError(f"{code.co_name} is not defined at the top of {code.co_filename}")
    _KNOWN[id(code)] = (code, found)
    return found
