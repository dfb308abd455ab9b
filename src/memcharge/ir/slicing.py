# SPDX-License-Identifier: GPL-2.0-only
"""Taking out of the state what nothing that is asked depends on.

A field counts if a property looks at it, or if its value comes, by any way, to
a condition, to a pointer that is followed, or to a field that counts.  The
others leave the state, and reading or writing one is no shared access any
more.  What could end the run stays: the check for NULL, the check that a value
fits; and an object that can be freed keeps all of its fields.
"""

from __future__ import annotations

from memcharge.ir.constants import placed
from memcharge.ir.layout import Key
from memcharge.ir.nodes import (
    Const,
    Expr,
    Graph,
    Load,
    Local,
    Node,
    Op,
    Pass,
    Pointer,
    Program,
    Set,
    Store,
    Table,
    Truth,
    Var,
    uses,
    variables,
)

COMPARISONS = frozenset(["==", "!=", "<", "<=", ">", ">=", "not"])


class Counting:
    """The locals of each CPU, and the fields, whose values something depends on."""

    def __init__(self, program: Program) -> None:
        self.fields: set[Key] = set()
        self.locals: list[set[int]] = [set() for _ in program.cpus]
        self.givers: dict[tuple[int, int], list[Node]] = {}
        self.stores: dict[Key, list[tuple[int, Store]]] = {}
        self.waiting: list[tuple[int, int]] = []
        for cpu, graph in enumerate(program.cpus):
            for node in graph.nodes:
                if isinstance(node, Store):
                    self.stores.setdefault(node.place.key, []).append((cpu, node))
                if isinstance(node, Set | Load):
                    self.givers.setdefault((cpu, node.local.number), []).append(node)
                self._want(cpu, _asked(node))
        for graph in program.cpus:
            for node in graph.nodes:
                if isinstance(node, Load | Store) and not _harmless(program, node):
                    self._field(node.place.key)
        for prop in program.properties:
            for node in prop.graph.nodes:
                if isinstance(node, Load):
                    self._field(node.place.key)
        while self.waiting:
            cpu, number = self.waiting.pop()
            for node in self.givers.get((cpu, number), ()):
                if isinstance(node, Load):
                    self._field(node.place.key)
                else:
                    self._want(cpu, uses(node))

    def _want(self, cpu: int, exprs: tuple[Expr, ...]) -> None:
        for expr in exprs:
            for local in variables(expr):
                if local.number not in self.locals[cpu]:
                    self.locals[cpu].add(local.number)
                    self.waiting.append((cpu, local.number))

    def _field(self, key: Key) -> None:
        if key not in self.fields:
            self.fields.add(key)
            for cpu, node in self.stores.get(key, ()):
                self._want(cpu, (node.value,))


def _asked(node: Node) -> tuple[Expr, ...]:
    """What has to be known for the run to go on as it does, whatever is stored."""
    match node:
        case Set(value=Table(index=index)):
            return (index,)
        case Set():
            return ()
        case Store(place=place):
            return (place.obj,) if place.index is None else (place.obj, place.index)
    return uses(node)


def slice_fields(program: Program) -> None:
    """Take the fields out that do not count, and reads of which nothing comes."""
    counting = Counting(program)
    layout = program.layout
    gone = set(layout.fields) - counting.fields - layout.constant
    gone = {key for key in gone if key[0] not in layout.freeable}
    for cpu, graph in enumerate(program.cpus):
        nodes = list(graph.nodes)
        for number, node in enumerate(nodes):
            if isinstance(node, Load | Store) and (
                node.place.key in gone or _unread(program, node, counting.locals[cpu])
            ):
                graph.nodes[number] = _check(program, graph, node)
        if any(a is not b for a, b in zip(graph.nodes, nodes, strict=True)):
            graph.shown = nodes
    layout.constant |= gone
    layout.sliced |= gone


def _unread(program: Program, node: Load | Store, counting: set[int]) -> bool:
    """Whether an access is a read of which nothing comes, not even a finding but for NULL."""
    if isinstance(node, Store) or node.local.number in counting:
        return False
    return _harmless(program, node)


def _harmless(program: Program, node: Load | Store) -> bool:
    """Whether an access refuses nothing and ends no run, but for NULL."""
    place = node.place
    if place.struct in program.layout.freeable:
        return False
    if place.index is not None and not isinstance(place.index, Const):
        return False
    if place.obj == Const(0) or not program.layout.pools[place.struct]:
        return False
    if isinstance(node, Load):
        return True
    info = program.layout.fields[place.key]
    match node.value:
        case Const(value):
            return info.lowest <= value <= info.highest
        case Var(local):
            return isinstance(local.kind, Truth | Pointer)
        case Op(op=op):
            return op in COMPARISONS
    return False


def _check(program: Program, graph: Graph, node: Load | Store) -> Node:
    """What is left of an access: its check for NULL."""
    place = node.place
    if isinstance(place.obj, Const):
        return placed(Pass(node.site), node)
    objects = len(program.layout.pools[place.struct])
    unused = Local("", Truth(), len(graph.locals))
    graph.locals.append(unused)
    return placed(Set(node.site, unused, Table((0,) * (objects + 1), place.obj)), node)


def shown(program: Program) -> Program:
    """The program with every access, to be watched along a schedule of the sliced one."""
    if all(graph.shown is None for graph in program.cpus):
        return program
    cpus = []
    for graph in program.cpus:
        nodes = graph.nodes if graph.shown is None else graph.shown
        for node, own in zip(nodes, graph.nodes, strict=True):
            node.glued = own.glued
        cpus.append(Graph(graph.name, nodes, graph.locals, graph.entry, unset=graph.unset))
    return Program(program.layout, cpus, program.properties, program.reductions)
