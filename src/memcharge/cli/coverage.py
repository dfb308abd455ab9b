# SPDX-License-Identifier: GPL-2.0-only
"""Which statements of an edition no schedule of the checked scenarios reached."""

from __future__ import annotations

import ast
from typing import NamedTuple

from memcharge.cli.texts import functions, text_of
from memcharge.editions.asked import ASKED
from memcharge.editions.chain import Edition
from memcharge.editions.unreached import why_unreached
from memcharge.engine import lines_of
from memcharge.ir.nodes import Program
from memcharge.trace import Result


class Missed(NamedTuple):
    """A statement that nothing reached, where its function begins, and why if that is known."""

    function: str
    where: str
    line: int
    text: str
    why: str


class Reach:
    """What some schedule reached of the functions that an edition itself defines.

    Of a protocol of its own they are all; of a kernel those that it changes.
    """

    def __init__(self, edition: Edition) -> None:
        self._missed: list[Missed] = []
        self._functions = _stepped(edition)
        self.statements = 0
        for function in self._functions:
            text = text_of(edition, function)
            source = text.source.splitlines()
            for line in _statements(text.source):
                self.statements += 1
                said = source[line - 1].strip()
                where, why = f"{text.file}:{text.line}", why_unreached(function, said)
                self._missed.append(Missed(function, where, text.line + line - 1, said, why))

    @property
    def missed(self) -> list[Missed]:
        """The statements that nothing has reached yet."""
        return self._missed

    @property
    def whole(self) -> list[str]:
        """The functions of which every statement was reached."""
        lacking = {one.function for one in self._missed}
        return [name for name in self._functions if name not in lacking]

    def add(self, result: Result) -> None:
        """Count what a result reached."""
        reached = {(name, line) for name, lines in result.covered.items() for line in lines}
        self._missed = [one for one in self._missed if (one.function, one.line) not in reached]

    def can_grow(self, program: Program) -> bool:
        """Whether the actors of a program can come to what was not reached yet."""
        lines = lines_of(program)
        return any((one.function, one.line) in lines for one in self._missed)


def _stepped(edition: Edition) -> list[str]:
    """An edition's own functions that actors may run: not start(), nor what properties call."""
    declared = edition.declared
    others = {"start", *declared.always, *declared.at_end} if declared is not None else ASKED
    own = set(edition.own) - others
    return [name for name in functions(edition) if name in own]


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
