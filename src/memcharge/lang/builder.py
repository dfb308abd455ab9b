# SPDX-License-Identifier: GPL-2.0-only
"""Appends nodes to one graph and connects the ends that are still open."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from memcharge.ir.nodes import (
    Const,
    Expr,
    Frame,
    Graph,
    Kind,
    Local,
    Node,
    Set,
    Site,
    Test,
    Truth,
    Var,
)
from memcharge.lang.layout import Shape
from memcharge.lang.values import Operand, Value

Ends = list[tuple[int, str]]

ENTRY = -1


@dataclass(frozen=True, slots=True)
class Piece:
    """What a call has become: its nodes, locals and frames by number, from and up to.

    `given` are the caller's locals among its arguments, each once; `ends` lead
    on from it; `outcome` is what it returns.
    """

    nodes: tuple[int, int]
    locals: tuple[int, int]
    frames: tuple[int, int]
    given: tuple[Local, ...]
    ends: Ends
    outcome: Operand


@dataclass(slots=True)
class Builder:
    """One graph under construction.

    `ends` are the (node, edge) pairs that lead to whatever is emitted next;
    none means that what follows is never reached, and nothing is emitted.
    `globals` are this CPU's own, as `current`; `pieces` are the calls compiled so far.
    `unsure` says that some local may be read before it is set.
    """

    name: str
    shape: Shape
    globals: dict[str, Value]
    nodes: list[Node] = field(default_factory=list)
    locals: list[Local] = field(default_factory=list)
    ends: Ends = field(default_factory=lambda: [(ENTRY, "next")])
    entry: int = 0
    section: int = 0
    fresh: bool = False
    frames: list[Frame] = field(default_factory=list)
    pieces: dict[Hashable, Piece] = field(default_factory=dict)
    unsure: bool = False

    @property
    def reachable(self) -> bool:
        return bool(self.ends)

    def local(self, name: str, kind: Kind) -> Local:
        """A new local of the graph."""
        made = Local(name, kind, len(self.locals))
        self.locals.append(made)
        return made

    def frame(self, function: str, file: str, text: str, line: int, parent: Frame | None) -> Frame:
        """The next inlined call of the graph."""
        made = Frame(len(self.frames), function, file, text, line, parent)
        self.frames.append(made)
        return made

    def temporary(self, site: Site, kind: Kind, expr: Expr) -> Value:
        """A new local that holds the expression from here on."""
        local = self.local("", kind)
        self.emit(Set(site, local, expr))
        return Value(kind, Var(local))

    def emit(self, node: Node) -> None:
        """Append a node behind the open ends; it is glued inside an indivisible section."""
        if not self.reachable:
            return
        node.in_section = self.section > 0
        node.glued = self.section > 0 and not self.fresh
        self.fresh = False
        self.join(len(self.nodes))
        self.nodes.append(node)
        self.ends = [(len(self.nodes) - 1, "next")]

    def join(self, target: int) -> None:
        """Connect all open ends to a node."""
        for number, edge in self.ends:
            if number == ENTRY:
                self.entry = target
            else:
                setattr(self.nodes[number], edge, target)
        self.ends = []

    def test(self, site: Site, condition: Expr) -> tuple[Ends, Ends]:
        """Emit a test; the ends where the condition holds, and where it does not."""
        if isinstance(condition, Const):
            here = self.take()
            return (here, []) if condition.value else ([], here)
        self.emit(Test(site, condition))
        if not self.ends:
            return [], []
        number = len(self.nodes) - 1
        self.ends = []
        return [(number, "next")], [(number, "other")]

    def take(self) -> Ends:
        """Take the open ends away, to be put back by `put`."""
        ends, self.ends = self.ends, []
        return ends

    def put(self, *ends: Ends) -> None:
        """Make these the open ends, beside those that are open."""
        self.ends = self.ends + [end for some in ends for end in some]

    def head(self, site: Site) -> int:
        """The number of the node emitted next, for a loop to come back to.

        A loop that opens a section is set behind a private node, so that
        coming back does not end the section.
        """
        if self.fresh:
            self.emit(Set(site, self.local("", Truth()), Const(0)))
        return len(self.nodes)

    def enter_section(self) -> None:
        if self.section == 0:
            self.fresh = True
        self.section += 1

    def leave_section(self) -> None:
        self.section -= 1
        self.fresh = False

    def graph(self) -> Graph:
        return Graph(self.name, self.nodes, self.locals, self.entry)
