# SPDX-License-Identifier: GPL-2.0-only
"""Fields that keep their start value whatever the schedule, and code that no run reaches.

Optimistic: at first no field changes and nothing but the entries is reached;
what is reached is followed, its stores take fields off the list, until
nothing changes any more.  What is left is an invariant, since every store that
can run was looked at.  A field of an object that a run may free stays, for to
read it then is a finding.  So the swap code of a machine that never swaps, and the
flags only it writes, leave the program.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TypeVar

from memcharge.ir.layout import Key
from memcharge.ir.nodes import (
    Bug,
    Choose,
    Const,
    End,
    Expr,
    Free,
    Graph,
    Load,
    Local,
    Node,
    Op,
    Pass,
    Place,
    Program,
    Set,
    Store,
    Table,
    Test,
    Truth,
    Var,
    Wait,
    Warn,
    successors,
)
from memcharge.ir.operators import FOLD

N = TypeVar("N", bound=Node)

VARIES = object()
"""A local, or an expression, that has more than one value."""


@dataclass(slots=True)
class Facts:
    """What is known of one graph: constant locals by number, nodes reached."""

    values: dict[int, object] = field(default_factory=dict)
    reached: set[int] = field(default_factory=set)


class Invariants:
    """The fixed point over all CPUs of a program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.layout = program.layout
        self.constant: set[Key] = set(self.layout.fields)
        self.freed: set[str] = set()
        self.facts = [Facts() for _ in program.cpus]
        changed = True
        while changed:
            changed = False
            for graph, facts in zip(program.cpus, self.facts, strict=True):
                changed |= self._follow(graph, facts)

    def _follow(self, graph: Graph, facts: Facts) -> bool:
        """Go through what is reached until nothing changes; whether anything did."""
        before = (len(facts.reached), dict(facts.values), len(self.constant))
        while True:
            size, known, fields = len(facts.reached), dict(facts.values), len(self.constant)
            waiting, seen = [graph.entry], {graph.entry}
            while waiting:
                number = waiting.pop()
                facts.reached.add(number)
                for target in self._visit(graph.nodes[number], facts):
                    if target not in seen:
                        seen.add(target)
                        waiting.append(target)
            if (size, known, fields) == (len(facts.reached), facts.values, len(self.constant)):
                return before != (size, known, fields)

    def _visit(self, node: Node, facts: Facts) -> tuple[int, ...]:
        """Take in what a node does; the nodes that may follow it."""
        match node:
            case Set(local=local, value=value):
                self._join(facts, local.number, self.value(value, facts))
            case Load(local=local, place=place):
                self._join(facts, local.number, self._loaded(place, facts))
            case Choose(local=local, options=options):
                self._join(facts, local.number, 0 if options == 1 else VARIES)
            case Store(place=place, value=value):
                if not self._keeps(place, self.value(value, facts)):
                    self.constant.discard(place.key)
            case Free(struct=struct):
                self.freed.add(struct)
                self.constant -= {key for key in self.constant if key[0] == struct}
            case Test(condition=condition):
                known = self.value(condition, facts)
                if known is not VARIES:
                    return (node.next,) if known else (node.other,)
            case Wait(condition=condition):
                return (node.next,) if self.value(condition, facts) != 0 else ()
            case Bug(condition=condition):
                known = self.value(condition, facts)
                return () if known is not VARIES and known else (node.next,)
        return successors(node)

    def _join(self, facts: Facts, local: int, value: object) -> None:
        known = facts.values.setdefault(local, value)
        if known != value:
            facts.values[local] = VARIES

    def _keeps(self, place: Place, value: object) -> bool:
        """Whether a store leaves the field as it is in every object."""
        columns = self.layout.start[place.key]
        return all(element == value for elements in columns for element in elements)

    def _loaded(self, place: Place, facts: Facts) -> object:
        if place.key not in self.constant:
            return VARIES
        obj, columns = self.value(place.obj, facts), self.layout.start[place.key]
        index = 0 if place.index is None else self.value(place.index, facts)
        if isinstance(obj, int) and isinstance(index, int) and 0 < obj <= len(columns):
            return columns[obj - 1][index]
        values = {element for elements in columns for element in elements}
        return values.pop() if len(values) == 1 else VARIES

    def value(self, expr: Expr, facts: Facts) -> object:
        """The one value of an expression, or VARIES."""
        match expr:
            case Const(value):
                return value
            case Var(local):
                return facts.values.get(local.number, VARIES)
            case Table(values=values, index=index):
                known = self.value(index, facts)
                if isinstance(known, int) and 0 < known < len(values):
                    return values[known]
                return values[1] if len(set(values[1:])) == 1 else VARIES
            case Op(op=op, args=args):
                known_args = [self.value(one, facts) for one in args]
                if VARIES not in known_args:
                    return FOLD[op](*known_args)
        return VARIES


def find_invariants(program: Program) -> set[Key]:
    """Put constants in and leave out what no run reaches; the fields that never change."""
    invariants = Invariants(program)
    program.layout.freeable &= invariants.freed
    for graph, facts in zip(program.cpus, invariants.facts, strict=True):
        _rewrite(graph, invariants, facts)
    return invariants.constant


def _rewrite(graph: Graph, invariants: Invariants, facts: Facts) -> None:
    kept = sorted(facts.reached)
    numbers = {old: new for new, old in enumerate(kept)}
    nowhere = len(kept)  # what would follow a step that cannot go on
    folder = Folder(graph, invariants, facts)
    graph.nodes = [folder.folded(graph.nodes[old]) for old in kept]
    for node in graph.nodes:
        if not isinstance(node, End):
            node.next = numbers.get(node.next, nowhere)
        if isinstance(node, Test):
            node.other = numbers.get(node.other, nowhere)
    if any(nowhere in successors(node) for node in graph.nodes):
        graph.nodes.append(End(graph.nodes[0].site, glued=True))
    graph.entry = numbers[graph.entry]


class Folder:
    """Rewrites the nodes of one graph with what is known of it."""

    def __init__(self, graph: Graph, invariants: Invariants, facts: Facts) -> None:
        self.graph, self.invariants, self.facts = graph, invariants, facts

    def folded(self, node: Node) -> Node:
        """The node with its constants put in; what has become of it keeps its place."""
        match node:
            case Set(value=value):
                return replace(node, value=self.known(value))
            case Load(place=place):
                return replace(node, place=self.place(place))
            case Store(place=place, value=value):
                if place.key in self.invariants.constant:
                    return self.unchanged(node, place)
                return replace(node, place=self.place(place), value=self.known(value))
            case Test() | Wait() | Bug() | Warn():
                return self.decided(node)
            case Free(obj=obj):
                return replace(node, obj=self.known(obj))
        return node

    def known(self, expr: Expr) -> Expr:
        """The expression, as far as it is not a constant; a look-up keeps its check for NULL."""
        match expr:
            case Op(op=op, args=args):
                value = self.invariants.value(expr, self.facts)
                if isinstance(value, int):
                    return Const(value)
                return Op(op, tuple(self.known(one) for one in args))
            case Table(values=values, index=index):
                pointer = self.known(index)
                if isinstance(pointer, Const) and 0 < pointer.value < len(values):
                    return Const(values[pointer.value])
                return Table(values, pointer)
            case Var():
                value = self.invariants.value(expr, self.facts)
                return Const(value) if isinstance(value, int) else expr
        return expr

    def place(self, place: Place) -> Place:
        index = None if place.index is None else self.known(place.index)
        return Place(place.struct, place.field, self.known(place.obj), index)

    def unchanged(self, node: Store, place: Place) -> Node:
        """A store of what is there already: only its check for NULL is left."""
        obj = self.known(place.obj)
        if obj == Const(0):
            return replace(node, place=self.place(place))
        if isinstance(obj, Const):
            return _passing(node)
        unused = Local("", Truth(), len(self.graph.locals))
        self.graph.locals.append(unused)
        objects = len(self.invariants.layout.pools[place.struct])
        made = Set(node.site, unused, Table((0,) * (objects + 1), obj))
        return placed(made, node)

    def decided(self, node: Test | Wait | Bug | Warn) -> Node:
        """A decision that is always the same becomes none."""
        value = self.invariants.value(node.condition, self.facts)
        if value is VARIES:
            return replace(node, condition=self.known(node.condition))
        if isinstance(node, Test):
            made = _passing(node)
            made.next = node.next if value else node.other
            return made
        if bool(value) == isinstance(node, Wait):  # it holds, and nothing comes of it
            return _passing(node)
        return replace(node, condition=Const(int(bool(value))))


def _passing(node: Node) -> Node:
    return placed(Pass(node.site), node)


def placed(made: N, node: Node) -> N:
    """Put a node where another one stood."""
    made.glued, made.in_section, made.next = node.glued, node.in_section, node.next
    return made
