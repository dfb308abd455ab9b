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

from dataclasses import replace
from typing import TypeVar

from memcharge.ir.layout import Key
from memcharge.ir.liveness import unset_locals
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

UNSET = object()
"""A local that nothing reached gives a value."""


class Facts:
    """What is known of one graph: the values of its locals by number, the nodes reached.

    `users` are the nodes that have read a local while it was known to be
    constant, `waiting` those to be looked at, for the first time or again.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.values: list[object] = [UNSET] * len(graph.locals)
        for number in graph.unset if graph.unset is not None else unset_locals(graph):
            self.values[number] = 0  # a local is 0 until it is set
        self.users: list[list[int]] = [[] for _ in graph.locals]
        self.reached = bytearray(len(graph.nodes))
        self.waiting = [graph.entry]
        self.reached[graph.entry] = 1
        self.reader = -1

    def value(self, expr: Expr) -> object:
        """The one value of an expression, or VARIES; noted for the node that asks, `reader`."""
        if isinstance(expr, Const):
            return expr.value
        if isinstance(expr, Var):
            number = expr.local.number
            found = self.values[number]
            if found is not VARIES:
                self.users[number].append(self.reader)
            return found
        if isinstance(expr, Table):
            known, values = self.value(expr.index), expr.values
            if isinstance(known, int) and 0 < known < len(values):
                return values[known]
            return values[1] if len(set(values[1:])) == 1 else VARIES
        if isinstance(expr, Op):
            known_args = [self.value(one) for one in expr.args]
            if VARIES not in known_args:
                return FOLD[expr.op](*known_args)
        return VARIES

    def join(self, local: int, value: object) -> None:
        """One more value that a local may get."""
        known = self.values[local]
        if known is UNSET:
            self.values[local] = value
        elif known is not VARIES and known != value:
            self.values[local] = VARIES
            self.waiting += self.users[local]
            self.users[local] = []


class Invariants:
    """The fixed point over all CPUs of a program.

    Whatever is found out later only takes away, so the order does not matter.
    """

    def __init__(self, program: Program) -> None:
        self.layout = layout = program.layout
        self.constant: set[Key] = set(layout.fields)
        self.freed: set[str] = set()
        self.common: dict[Key, object] = {}
        self.readers: dict[Key, list[tuple[Facts, int]]] = {}
        self.facts = [Facts(graph) for graph in program.cpus]
        while any(facts.waiting for facts in self.facts):
            for facts in self.facts:
                self._follow(facts)

    def _follow(self, facts: Facts) -> None:
        """Look at nodes until none waits."""
        nodes, reached, waiting = facts.graph.nodes, facts.reached, facts.waiting
        while waiting:
            facts.reader = number = waiting.pop()
            for target in self._visit(nodes[number], facts):
                if not reached[target]:
                    reached[target] = 1
                    waiting.append(target)

    def _visit(self, node: Node, facts: Facts) -> tuple[int, ...]:
        """Take in what a node does; the nodes that may follow it."""
        if isinstance(node, Set):
            facts.join(node.local.number, facts.value(node.value))
        elif isinstance(node, Load):
            facts.join(node.local.number, self._loaded(node.place, facts))
        elif isinstance(node, Test):
            known = facts.value(node.condition)
            if known is VARIES:
                return (node.next, node.other)
            return (node.next,) if known else (node.other,)
        elif isinstance(node, Store):
            self._stored(node.place.key, facts.value(node.value))
        elif isinstance(node, Free):
            self._freed(node.struct)
        elif isinstance(node, Choose):
            facts.join(node.local.number, 0 if node.options == 1 else VARIES)
        elif isinstance(node, Wait):
            return (node.next,) if facts.value(node.condition) != 0 else ()
        elif isinstance(node, Bug):
            known = facts.value(node.condition)
            return (node.next,) if known is VARIES or not known else ()
        elif isinstance(node, End):
            return ()
        return (node.next,)

    def _everywhere(self, key: Key) -> object:
        """The value that all elements of a field have at the start, or VARIES."""
        found = self.common.get(key)
        if found is None:
            values = {element for elements in self.layout.start[key] for element in elements}
            found = self.common[key] = values.pop() if len(values) == 1 else VARIES
        return found

    def _stored(self, key: Key, value: object) -> None:
        """A store that leaves the field as it is in every object leaves it constant."""
        if key not in self.constant or not self.layout.start[key]:
            return
        if value is VARIES or self._everywhere(key) != value:
            self._varies(key)

    def _freed(self, struct: str) -> None:
        """To read a field of an object that may be freed is a finding, even if it is constant."""
        if struct not in self.freed:
            self.freed.add(struct)
            for key in [key for key in self.constant if key[0] == struct]:
                self._varies(key)

    def _varies(self, key: Key) -> None:
        self.constant.discard(key)
        for facts, number in self.readers.pop(key, ()):
            facts.waiting.append(number)

    def _loaded(self, place: Place, facts: Facts) -> object:
        key = place.key
        if key not in self.constant:
            return VARIES
        self.readers.setdefault(key, []).append((facts, facts.reader))
        obj, columns = facts.value(place.obj), self.layout.start[key]
        index = 0 if place.index is None else facts.value(place.index)
        if isinstance(obj, int) and isinstance(index, int) and 0 < obj <= len(columns):
            return columns[obj - 1][index]
        return self._everywhere(key)


def find_invariants(program: Program) -> set[Key]:
    """Put constants in and leave out what no run reaches; the fields that never change."""
    invariants = Invariants(program)
    program.layout.freeable &= invariants.freed
    for facts in invariants.facts:
        _rewrite(facts, invariants)
    return invariants.constant


def _rewrite(facts: Facts, invariants: Invariants) -> None:
    graph = facts.graph
    kept = [number for number, reached in enumerate(facts.reached) if reached]
    nowhere = len(kept)  # what would follow a step that cannot go on
    numbers = [nowhere] * (len(graph.nodes) + 1)  # the last for -1, that of no node
    for new, old in enumerate(kept):
        numbers[old] = new
    folder = Folder(invariants, facts)
    graph.nodes = [folder.folded(graph.nodes[old]) for old in kept]
    astray = False
    for node in graph.nodes:
        if isinstance(node, End):
            continue
        node.next = numbers[node.next]
        if isinstance(node, Test):
            node.other = numbers[node.other]
            astray = astray or node.other == nowhere
        if node.next == nowhere:
            astray = astray or nowhere in successors(node)
    if astray:
        graph.nodes.append(End(graph.nodes[0].site, glued=True))
    graph.entry = numbers[graph.entry]


class Folder:
    """Rewrites the nodes of one graph with what is known of it."""

    def __init__(self, invariants: Invariants, facts: Facts) -> None:
        self.invariants, self.facts = invariants, facts

    def folded(self, node: Node) -> Node:
        """A node with its constants put in; what has become of it keeps its place."""
        made: Node
        if isinstance(node, Set):
            made = Set(node.site, node.local, self.known(node.value))
        elif isinstance(node, Load):
            made = Load(node.site, node.local, self.place(node.place))
        elif isinstance(node, Store):
            if node.place.key in self.invariants.constant:
                made = self.unchanged(node, node.place)
            else:
                made = Store(node.site, self.place(node.place), self.known(node.value))
        elif isinstance(node, Test | Wait | Bug | Warn):
            return self.decided(node)
        elif isinstance(node, Free):
            made = Free(node.site, node.struct, self.known(node.obj))
        elif isinstance(node, Choose):
            made = Choose(node.site, node.local, node.options)
        else:
            made = type(node)(node.site)
        return placed(made, node)

    def known(self, expr: Expr) -> Expr:
        """The expression, as far as it is not a constant; a look-up keeps its check for NULL."""
        if isinstance(expr, Var):
            value = self.facts.values[expr.local.number]
            return Const(value) if isinstance(value, int) else expr
        if isinstance(expr, Op):
            value = self.facts.value(expr)
            if isinstance(value, int):
                return Const(value)
            return Op(expr.op, tuple([self.known(one) for one in expr.args]))
        if isinstance(expr, Table):
            pointer = self.known(expr.index)
            if isinstance(pointer, Const) and 0 < pointer.value < len(expr.values):
                return Const(expr.values[pointer.value])
            return Table(expr.values, pointer)
        return expr

    def place(self, place: Place) -> Place:
        index = None if place.index is None else self.known(place.index)
        return Place(place.struct, place.field, self.known(place.obj), index)

    def unchanged(self, node: Store, place: Place) -> Node:
        """A store of what is there already: only its check for NULL is left."""
        obj = self.known(place.obj)
        if obj == Const(0):
            return Store(node.site, self.place(place), node.value)
        if isinstance(obj, Const):
            return Pass(node.site)
        graph = self.facts.graph
        unused = Local("", Truth(), len(graph.locals))
        graph.locals.append(unused)
        objects = len(self.invariants.layout.pools[place.struct])
        return Set(node.site, unused, Table((0,) * (objects + 1), obj))

    def decided(self, node: Test | Wait | Bug | Warn) -> Node:
        """A decision that is always the same becomes none."""
        value = self.facts.value(node.condition)
        if isinstance(node, Test):
            if value is VARIES:
                made: Node = Test(node.site, self.known(node.condition), other=node.other)
                return placed(made, node)
            made = placed(Pass(node.site), node)
            made.next = node.next if value else node.other
            return made
        if value is VARIES:
            condition = self.known(node.condition)
        elif bool(value) == isinstance(node, Wait):  # it holds, and nothing comes of it
            return placed(Pass(node.site), node)
        else:
            condition = Const(int(bool(value)))
        return placed(replace(node, condition=condition), node)


def placed(made: N, node: Node) -> N:
    """Put a node where another one stood."""
    made.glued, made.in_section, made.next = node.glued, node.in_section, node.next
    return made
