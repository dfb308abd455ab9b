# SPDX-License-Identifier: GPL-2.0-only
"""Calls of one function inlined in a graph again: copied from where they were compiled first.

Most of a graph is such calls.  A copy is what compiling the call once more
would give, node by node, since `key_of` tells apart all that it depends on.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from types import FunctionType

from memcharge.ir.nodes import (
    Bug,
    Choose,
    Const,
    Expr,
    Frame,
    Free,
    Load,
    Local,
    Node,
    Op,
    Place,
    Set,
    Site,
    Store,
    Table,
    Test,
    Var,
    Wait,
    Warn,
)
from memcharge.lang.builder import ENTRY, Builder, Piece
from memcharge.lang.values import Elements, Inner, Many, Nothing, Operand, Value

Argument = Value | Inner


def key_of(
    build: Builder, function: FunctionType, arguments: Sequence[Argument]
) -> tuple[Hashable, tuple[Local, ...]] | None:
    """All that a call's nodes depend on within one graph, and the locals it is given.

    None if that cannot be said, or if nothing is emitted.
    """
    if not build.reachable:
        return None
    given: list[Local] = []
    parts: list[Hashable] = []
    for argument in arguments:
        expr = argument.expr if isinstance(argument, Value) else argument.obj
        if isinstance(expr, Const):
            known: Hashable = expr
        elif isinstance(expr, Var):
            if expr.local not in given:
                given.append(expr.local)
            known = given.index(expr.local)
        else:
            return None
        what = argument.kind if isinstance(argument, Value) else argument.place
        parts.append((what, known))
    return (function, *parts, build.section > 0, build.fresh), tuple(given)


class Recording:
    """Notes where a call begins that is about to be compiled; its frame is there already."""

    def __init__(self, build: Builder, given: tuple[Local, ...]) -> None:
        self.build, self.given, self.came = build, given, [*build.ends]
        self.node, self.local, self.frame = (
            len(build.nodes),
            len(build.locals),
            len(build.frames) - 1,
        )

    def piece(self, outcome: Operand) -> Piece | None:
        """The call, once it is compiled; None if more than its first node is led to."""
        build, last = self.build, len(self.build.nodes)
        for number, edge in self.came:
            target = build.entry if number == ENTRY else getattr(build.nodes[number], edge)
            if target != self.node:
                return None
        if self.node == last or any(number < self.node for number, _ in build.ends):
            return None
        return Piece(
            (self.node, last),
            (self.local, len(build.locals)),
            (self.frame, len(build.frames)),
            self.given,
            [*build.ends],
            outcome,
        )


def calls_any(build: Builder, piece: Piece, frame: Frame) -> bool:
    """Whether a call leads to one of the functions that lead to it: inlining would have no end."""
    functions = {one.function for one in build.frames[slice(*piece.frames)]}
    above: Frame | None = frame.parent
    while above is not None:
        if above.function in functions:
            return True
        above = above.parent
    return False


def copied(build: Builder, piece: Piece, given: tuple[Local, ...]) -> Operand:
    """Emit the same call for other locals; its frame is the last one made.  What it returns."""
    copier = _Copier(build, piece, given)
    first, last = piece.nodes
    shift = len(build.nodes) - first
    build.fresh = False
    build.join(len(build.nodes))
    for node in build.nodes[first:last]:
        made = copier.node(node)
        made.glued, made.in_section = node.glued, node.in_section
        if first <= node.next < last:
            made.next = node.next + shift
        if isinstance(node, Test) and isinstance(made, Test) and first <= node.other < last:
            made.other = node.other + shift
        build.nodes.append(made)
    build.ends = [(number + shift, edge) for number, edge in piece.ends]
    return copier.operand(piece.outcome)


class _Copier:
    """Puts other locals and frames in place of those of a piece."""

    def __init__(self, build: Builder, piece: Piece, given: tuple[Local, ...]) -> None:
        self.vars = {old.number: Var(new) for old, new in zip(piece.given, given, strict=True)}
        for old in build.locals[slice(*piece.locals)]:
            self.vars[old.number] = Var(build.local(old.name, old.kind))
        first, last = piece.frames
        frames = {first: build.frames[-1]}
        for frame in build.frames[first + 1 : last]:
            assert frame.parent is not None
            above = frames[frame.parent.number]
            made = build.frame(frame.function, frame.file, frame.text, frame.line, above)
            frames[frame.number] = made
        self.frames = frames
        self.sites: dict[int, Site] = {}  # by identity: nodes of one statement share theirs

    def node(self, node: Node) -> Node:
        site = self.site(node.site)
        if isinstance(node, Set):
            return Set(site, self.local(node.local), self.expr(node.value))
        if isinstance(node, Load):
            return Load(site, self.local(node.local), self.place(node.place))
        if isinstance(node, Store):
            return Store(site, self.place(node.place), self.expr(node.value))
        if isinstance(node, Test):
            return Test(site, self.expr(node.condition))
        if isinstance(node, Bug):
            return Bug(site, self.expr(node.condition), node.kind)
        if isinstance(node, Wait | Warn):
            return type(node)(site, self.expr(node.condition))
        if isinstance(node, Choose):
            return Choose(site, self.local(node.local), node.options)
        if isinstance(node, Free):
            return Free(site, node.struct, self.expr(node.obj))
        return type(node)(site)

    def site(self, site: Site) -> Site:
        made = self.sites.get(id(site))
        if made is None:
            made = Site(self.frames[site.frame.number], site.line, site.text)
            self.sites[id(site)] = made
        return made

    def local(self, local: Local) -> Local:
        return self.vars[local.number].local

    def place(self, place: Place) -> Place:
        index = None if place.index is None else self.expr(place.index)
        return Place(place.struct, place.field, self.expr(place.obj), index)

    def expr(self, expr: Expr) -> Expr:
        if isinstance(expr, Var):
            return self.vars[expr.local.number]
        if isinstance(expr, Op):
            return Op(expr.op, tuple([self.expr(one) for one in expr.args]))
        if isinstance(expr, Table):
            return Table(expr.values, self.expr(expr.index))
        return expr

    def operand(self, operand: Operand) -> Operand:
        if isinstance(operand, Value):
            return Value(operand.kind, self.expr(operand.expr))
        if isinstance(operand, Many):
            return Many(tuple([Value(one.kind, self.expr(one.expr)) for one in operand.values]))
        if isinstance(operand, Nothing):
            return operand
        assert isinstance(operand, Inner | Elements)
        return type(operand)(operand.struct, self.expr(operand.obj), operand.path)
