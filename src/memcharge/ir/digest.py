# SPDX-License-Identifier: GPL-2.0-only
"""A program's fingerprint: the same text, start state and reductions give the same one."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

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
    Place,
    Program,
    Set,
    Store,
    Test,
    Var,
    Wait,
    Warn,
)


def digest(program: Program) -> str:
    """64 hex digits over the layout, its start values, every node and the reductions."""
    layout = program.layout
    parts = [
        *_graphs(program),
        repr(sorted(layout.pools.items())),
        repr([(key, layout.fields[key]) for key in sorted(layout.fields)]),
        repr(sorted(layout.start.items())),
        repr(sorted(layout.freeable)),
        repr(sorted(layout.constant)),
        repr(sorted(program.reductions)),
    ]
    return sha256("\n".join(parts).encode()).hexdigest()


def essence(program: Program) -> str:
    """64 hex digits over what can run and the start values it can meet.

    Two programs of one essence have the same state graph, though fields that
    nobody looks at may differ.
    """
    graphs = [*program.cpus, *(one.graph for one in program.properties)]
    used = {
        node.place.key for graph in graphs for node in graph.nodes if isinstance(node, Load | Store)
    }
    parts = [*_graphs(program), *(repr((key, program.layout.start[key])) for key in sorted(used))]
    return sha256("\n".join(parts).encode()).hexdigest()


def _graphs(program: Program) -> Iterator[str]:
    """Every node of a program on a line; shorter than what `printer` writes for people."""
    for graph in (*program.cpus, *(one.graph for one in program.properties)):
        result = "" if graph.result is None else _expression(graph.result)
        yield f"{graph.name} {graph.entry} {result}"
        yield from _nodes(graph)


def _nodes(graph: Graph) -> Iterator[str]:
    for node in graph.nodes:
        site = node.site
        yield (
            f"{type(node).__name__} {_content(node)} {node.glued:d}{node.in_section:d} "
            f"{node.next} {site.frame.function}:{site.line}"
        )


def _content(node: Node) -> str:
    if isinstance(node, Load):
        return f"{node.local.number} {_place(node.place)}"
    if isinstance(node, Set):
        return f"{node.local.number} {_expression(node.value)}"
    if isinstance(node, Test):
        return f"{_expression(node.condition)} {node.other}"
    if isinstance(node, Store):
        return f"{_place(node.place)} {_expression(node.value)}"
    if isinstance(node, Wait | Warn):
        return _expression(node.condition)
    if isinstance(node, Bug):
        return f"{node.kind} {_expression(node.condition)}"
    if isinstance(node, Choose):
        return f"{node.local.number} {node.options}"
    return f"{node.struct} {_expression(node.obj)}" if isinstance(node, Free) else ""


def _place(place: Place) -> str:
    index = "" if place.index is None else _expression(place.index)
    return f"{place.struct}.{place.field} {_expression(place.obj)} {index}"


def _expression(expr: Expr) -> str:
    if isinstance(expr, Var):
        return f"v{expr.local.number}"
    if isinstance(expr, Const):
        return str(expr.value)
    if isinstance(expr, Op):
        return f"({expr.op} {' '.join([_expression(one) for one in expr.args])})"
    return f"{expr.values}[{_expression(expr.index)}]"
