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
        self._lines: dict[tuple[str, int], range] = {}  # of a statement, by where it begins
        self._functions = _stepped(edition)
        self.statements = 0
        for function in self._functions:
            text = text_of(edition, function)
            source = text.source.splitlines()
            for line, end in _statements(text.source).items():
                self.statements += 1
                first = text.line - 1
                self._lines[function, first + line] = range(first + line, first + end + 1)
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
        self._missed = [one for one in self._missed if not self._among(one, reached)]

    def can_grow(self, program: Program) -> bool:
        """Whether the actors of a program can come to what was not reached yet."""
        lines = lines_of(program)
        return any(self._among(one, lines) for one in self._missed)

    def _among(self, one: Missed, lines: set[tuple[str, int]]) -> bool:
        """Whether some line of a statement is among these: one may go over several."""
        own = self._lines[one.function, one.line]
        return any((one.function, line) in lines for line in own)


def _stepped(edition: Edition) -> list[str]:
    """An edition's own functions that actors may run: not start(), nor what properties call."""
    declared = edition.declared
    others = {"start", *declared.always, *declared.at_end} if declared is not None else ASKED
    own = set(edition.own) - others
    return [name for name in functions(edition) if name in own]


def _statements(source: str) -> dict[int, int]:
    """The first and last lines of what does something: not headers of sections and endless loops.

    An `if` or a `while` ends with its condition.
    """
    found: dict[int, int] = {}
    for node in ast.walk(ast.parse(source).body[0]):
        if isinstance(node, ast.stmt) and _acts(node):
            last = node.test if isinstance(node, ast.If | ast.While) else node
            found[node.lineno] = last.end_lineno or node.lineno
    return dict(sorted(found.items()))


def _acts(node: ast.stmt) -> bool:
    match node:
        case ast.FunctionDef() | ast.With() | ast.For() | ast.While(test=ast.Constant()):
            return False
        case ast.Expr(value=ast.Constant()) | ast.AnnAssign(value=None):
            return False
    return True
