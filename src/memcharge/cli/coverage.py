# SPDX-License-Identifier: GPL-2.0-only
"""Which statements of an edition no schedule of the checked scenarios reached."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable

from memcharge.cli.texts import functions, text_of
from memcharge.editions.chain import Edition
from memcharge.trace import Result

Missed = tuple[str, str, int, str]


def uncovered(edition: Edition, results: Iterable[Result]) -> tuple[list[Missed], int]:
    """Statements (function, file, line, text) never reached, and how many there are in all."""
    reached: dict[str, set[int]] = defaultdict(set)
    for result in results:
        for function, lines in result.covered.items():
            reached[function].update(lines)
    missed: list[Missed] = []
    total = 0
    for function in functions(edition):
        text = text_of(edition, function)
        source = text.source.splitlines()
        for line in _statements(text.source):
            total += 1
            if text.line + line - 1 not in reached[function]:
                where = f"{text.file}:{text.line}"
                missed.append((function, where, text.line + line - 1, source[line - 1].strip()))
    return missed, total


def _statements(source: str) -> list[int]:
    """Lines of the statements that call something or touch a field; others make no step."""
    definition = ast.parse(source).body[0]
    found = set()
    for node in ast.walk(definition):
        if isinstance(node, ast.stmt) and not isinstance(node, ast.FunctionDef | ast.With):
            parts = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
            inside = [deep for part in parts for deep in ast.walk(part)]
            if any(isinstance(deep, ast.Call | ast.Attribute) for deep in inside):
                found.add(node.lineno)
    return sorted(found)
