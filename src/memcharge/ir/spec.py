# SPDX-License-Identifier: GPL-2.0-only
"""Which intermediate representation is legal; run on every program in tests."""

from __future__ import annotations

from memcharge.ir.layout import Layout
from memcharge.ir.nodes import (
    Bug,
    Choose,
    Const,
    Free,
    Graph,
    Load,
    Node,
    Op,
    Place,
    Program,
    Store,
    Table,
    Var,
    Wait,
    Warn,
    successors,
    uses,
    variables,
)

OPERATORS = frozenset(
    ["+", "-", "*", "&", "|", "^", "<<", ">>", "==", "!=", "<", "<=", ">", ">=", "not", "neg", "~"]
)
WIDEST = 8


class IllegalIR(AssertionError):
    """A graph that no engine may run: a defect of the compiler or of a pass."""


def check_program(program: Program) -> None:
    """Raise IllegalIR for the first thing that is not legal."""
    for info in program.layout.fields.values():
        if info.highest - info.lowest >= 1 << WIDEST:
            raise IllegalIR(f"{info.struct}.{info.field} is wider than {WIDEST} bits")
    for graph in program.cpus:
        check_graph(program.layout, graph)
        if graph.result is not None:
            raise IllegalIR(f"{graph.name}: a CPU returns a value")
    for prop in program.properties:
        check_graph(program.layout, prop.graph)
        for node in prop.graph.nodes:
            if isinstance(node, Store | Free | Choose | Wait | Bug | Warn):
                raise IllegalIR(f"property {prop.name} does more than look: {node}")
        if prop.graph.result is None:
            raise IllegalIR(f"property {prop.name} gives no value")


def check_graph(layout: Layout, graph: Graph) -> None:
    """Raise IllegalIR unless edges, places, expressions and glue are in order."""
    numbers = range(len(graph.nodes))
    if graph.entry not in numbers:
        raise IllegalIR(f"{graph.name}: entry {graph.entry}")
    for number, node in enumerate(graph.nodes):
        where = f"{graph.name}:{number}"
        if any(target not in numbers for target in successors(node)):
            raise IllegalIR(f"{where}: an edge leads nowhere: {successors(node)}")
        for expr in uses(node):
            _check_expression(where, expr)
            for local in variables(expr):
                if graph.locals[local.number] is not local:
                    raise IllegalIR(f"{where}: a local of another graph")
        if isinstance(node, Load | Store):
            _check_place(where, layout, node.place)
        _check_wait(where, node)
    if graph.nodes[graph.entry].glued:
        raise IllegalIR(f"{graph.name}: the entry is glued to nothing")
    _check_loops(graph)


def _check_wait(where: str, node: Node) -> None:
    if isinstance(node, Wait) and not node.in_section:
        raise IllegalIR(f"{where}: a wait outside of a section")


def _check_place(where: str, layout: Layout, place: Place) -> None:
    info = layout.fields.get(place.key)
    if info is None:
        raise IllegalIR(f"{where}: no field {place.key}")
    if (info.length is None) != (place.index is None):
        raise IllegalIR(f"{where}: {place.key} indexed wrongly")
    length = info.length or 0
    if isinstance(place.index, Const) and not 0 <= place.index.value < length:
        raise IllegalIR(f"{where}: {place.key}[{place.index.value}]")


def _check_expression(where: str, expr: object) -> None:
    match expr:
        case Const() | Var():
            return
        case Op(op=op, args=args):
            if op not in OPERATORS or len(args) != (1 if op in {"not", "neg", "~"} else 2):
                raise IllegalIR(f"{where}: operator {op} of {len(args)}")
            for arg in args:
                _check_expression(where, arg)
        case Table(index=index):
            _check_expression(where, index)
        case _:
            raise IllegalIR(f"{where}: {expr!r} is no expression")


def _check_loops(graph: Graph) -> None:
    """Every cycle outside of sections holds a node at which a step ends."""
    colour = [0] * len(graph.nodes)
    for start in range(len(graph.nodes)):
        stack = [(start, 0)]
        while stack:
            number, position = stack.pop()
            targets = [
                target
                for target in successors(graph.nodes[number])
                if graph.nodes[target].glued and not graph.nodes[target].in_section
            ]
            if position == 0:
                if colour[number] == 2:
                    continue
                colour[number] = 1
            if position < len(targets):
                stack.append((number, position + 1))
                target = targets[position]
                if colour[target] == 1:
                    raise IllegalIR(f"{graph.name}: a step that never ends at {target}")
                if colour[target] == 0:
                    stack.append((target, 0))
            else:
                colour[number] = 2
