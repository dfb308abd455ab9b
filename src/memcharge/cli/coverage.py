# SPDX-License-Identifier: GPL-2.0-only
"""Which statements of an edition no schedule of the checked scenarios reached."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable

from memcharge.cli.texts import functions, text_of
from memcharge.editions.asked import ASKED
from memcharge.editions.chain import Edition
from memcharge.trace import Result

Missed = tuple[str, str, int, str]


def uncovered(edition: Edition, results: Iterable[Result]) -> tuple[list[Missed], list[str], int]:
    """Statements (function, file, line, text) never reached, and the count of all statements.

    Between them the functions of which every statement was reached, the
    edition's own first.
    """
    reached: dict[str, set[int]] = defaultdict(set)
    for result in results:
        for function, lines in result.covered.items():
            reached[function].update(lines)
    missed: list[Missed] = []
    whole: list[str] = []
    total = 0
    for function in _stepped(edition):
        before = len(missed)
        text = text_of(edition, function)
        source = text.source.splitlines()
        for line in _statements(text.source):
            total += 1
            if text.line + line - 1 not in reached[function]:
                where = f"{text.file}:{text.line}"
                missed.append((function, where, text.line + line - 1, source[line - 1].strip()))
        if len(missed) == before:
            whole.append(function)
    return missed, whole, total


def _stepped(edition: Edition) -> list[str]:
    """Functions that actors may run: start() and what only properties call are none."""
    declared = edition.declared
    others = {"start", *declared.always, *declared.at_end} if declared is not None else ASKED
    return [name for name in functions(edition) if name not in others]


def _statements(source: str) -> list[int]:
    """Lines of the statements that do something: not headers of sections and endless loops."""
    definition = ast.parse(source).body[0]
    return sorted(
        {node.lineno for node in ast.walk(definition) if isinstance(node, ast.stmt) and _acts(node)}
    )


def _acts(node: ast.stmt) -> bool:
    match node:
        case ast.FunctionDef() | ast.With() | ast.For() | ast.While(test=ast.Constant()):
            return False
        case ast.Expr(value=ast.Constant()) | ast.AnnAssign(value=None):
            return False
    return True
