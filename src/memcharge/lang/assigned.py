# SPDX-License-Identifier: GPL-2.0-only
"""Which locals of a function may be read before they are set, told by its text alone.

What is compiled has thousands of locals, and hardly ever one of this kind: where
there is none, nobody has to follow the graph to find it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

Names = frozenset[str]
Ways = list[Names]  # what is set wherever one comes from; none if nobody comes


def unsure_names(definition: ast.FunctionDef, assigned: Names) -> Names:
    """Those of the names given values to that some way reads first; parameters are set."""
    reader = _Reader()
    reader.block(definition.body, frozenset(one.arg for one in definition.args.args))
    return reader.unsure & assigned


class _Reader:
    """Goes through the statements; `loops` has the ways out of each loop by `break`."""

    def __init__(self) -> None:
        self.unsure: Names = frozenset()
        self.loops: list[Ways] = []

    def block(self, body: Sequence[ast.stmt], known: Names) -> Ways:
        """The ways out at the end, if `known` are set at the beginning."""
        for statement in body:
            ways = self.statement(statement, known)
            if not ways:
                return []
            known = frozenset.intersection(*ways)
        return [known]

    def statement(self, node: ast.stmt, known: Names) -> Ways:
        match node:
            case ast.If(test=test, body=body, orelse=other):
                self.read([test], known)
                return self.block(body, known) + self.block(other, known)
            case ast.While(test=test, body=body):
                self.read([test], known)
                endless = isinstance(test, ast.Constant) and bool(test.value)
                return self.loop(body, known) + ([] if endless else [known])
            case ast.For(target=target, iter=over, body=body):
                self.read([over], known)
                return [known, *self.loop(body, self.set([target], known))]
            case ast.With(body=body):
                return self.block(body, known)
            case ast.Return(value=value):
                self.read([value], known)
                return []
            case ast.Break():
                self.loops[-1].append(known)
                return []
            case ast.Continue():
                return []
            case ast.Assign(targets=targets, value=value):
                self.read([value, *targets], known)
                return [self.set(targets, known)]
            case ast.AnnAssign(target=target, value=value):
                self.read([value], known)
                return [known if value is None else self.set([target], known)]
            case ast.AugAssign(target=target, value=value):
                self.read([value, target], known)
                if isinstance(target, ast.Name) and target.id not in known:
                    self.unsure |= {target.id}
                return [self.set([target], known)]
        self.read([node], known)
        return [known]

    def loop(self, body: Sequence[ast.stmt], known: Names) -> Ways:
        """The ways out by `break`; nothing more is set where one comes back to the head."""
        self.loops.append([])
        self.block(body, known)
        return self.loops.pop()

    def read(self, nodes: Iterable[ast.AST | None], known: Names) -> None:
        """Note what is read and not set."""
        for node in nodes:
            for one in ast.walk(node) if node is not None else ():
                if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load):
                    self.unsure |= {one.id} - known

    def set(self, targets: Iterable[ast.expr], known: Names) -> Names:
        """What is set behind an assignment."""
        return known | {
            one.id
            for target in targets
            for one in ast.walk(target)
            if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
        }
