# SPDX-License-Identifier: GPL-2.0-only
"""The intermediate representation as text."""

from __future__ import annotations

from collections.abc import Iterator

from memcharge.ir.layout import Layout
from memcharge.ir.nodes import (
    Bug,
    Choose,
    Const,
    Expr,
    Free,
    Graph,
    Load,
    Node,
    Op,
    Pass,
    Place,
    Program,
    Set,
    Store,
    Table,
    Test,
    Var,
    Wait,
    Warn,
)


def print_program(program: Program) -> str:
    """All graphs of a program, a node a line; `+` marks a node glued to the one before."""
    graphs = [*program.cpus, *(one.graph for one in program.properties)]
    return "\n\n".join("\n".join(print_graph(program.layout, graph)) for graph in graphs) + "\n"


def print_graph(layout: Layout, graph: Graph) -> Iterator[str]:
    """The lines of one graph."""
    yield f"{graph.name}:  entry {graph.entry}"
    for number, node in enumerate(graph.nodes):
        edge = "" if node.next in {number + 1, -1} else f" -> {node.next}"
        if isinstance(node, Test):
            edge = f" -> {node.next} else {node.other}"
        mark = "+" if node.glued else " "
        site = f"{node.site.frame.function}:{node.site.line}"
        yield f"{number:5}{mark} {_node(layout, node)}{edge}".ljust(64) + f"  {site}"
    if graph.result is not None:
        yield f"       result {expression(graph.result)}"


def expression(expr: Expr) -> str:
    """An expression as text."""
    match expr:
        case Const(value):
            return str(value)
        case Var(local):
            return f"{local.name or 't'}.{local.number}"
        case Table(index=index):
            return f"table[{expression(index)}]"
        case Op(op=op, args=(one,)):
            return f"({op} {expression(one)})"
        case Op(op=op, args=(left, right)):
            return f"({expression(left)} {op} {expression(right)})"
    raise TypeError(expr)


def _place(layout: Layout, place: Place) -> str:
    names = layout.pools.get(place.struct, ())
    owner = expression(place.obj)
    if isinstance(place.obj, Const) and 0 < place.obj.value <= len(names):
        owner = names[place.obj.value - 1]
    index = "" if place.index is None else f"[{expression(place.index)}]"
    return f"{owner}.{place.field}{index}"


def _node(layout: Layout, node: Node) -> str:
    match node:
        case Set(local=local, value=value):
            return f"{expression(Var(local))} = {expression(value)}"
        case Load(local=local, place=place):
            return f"{expression(Var(local))} <- {_place(layout, place)}"
        case Store(place=place, value=value):
            return f"{_place(layout, place)} <- {expression(value)}"
        case Test(condition=condition):
            return f"if {expression(condition)}"
        case Choose(local=local, options=options):
            return f"{expression(Var(local))} = choose {options}"
        case Wait(condition=condition):
            return f"wait {expression(condition)}"
        case Bug(condition=condition, kind=kind):
            return f"{kind} if {expression(condition)}"
        case Warn(condition=condition):
            return f"warn if {expression(condition)}"
        case Pass():
            return "pass"
        case Free(struct=struct, obj=obj):
            return f"free {struct} {expression(obj)}"
    return "end"
