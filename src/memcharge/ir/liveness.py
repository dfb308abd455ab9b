# SPDX-License-Identifier: GPL-2.0-only
"""Which locals something may still read."""

from __future__ import annotations

from memcharge.ir.nodes import Const, Expr, Graph, Op, Table, Var, defines, successors, uses


def live_locals(graph: Graph) -> list[int]:
    """For each node the locals that something may still read before they are set, as bits."""
    nodes = graph.nodes
    count = len(nodes)
    reads, keeps = [0] * count, [-1] * count
    after = [successors(node) for node in nodes]
    for number, node in enumerate(nodes):
        for expr in uses(node):
            if not isinstance(expr, Const):
                reads[number] |= _read(expr)
        defined = defines(node)
        if defined is not None:
            keeps[number] = ~(1 << defined.number)
    loops = {to for number, targets in enumerate(after) for to in targets if to <= number}
    live = [0] * count
    again = True
    while again:
        again = False
        for number in range(count - 1, -1, -1):
            now = 0
            for target in after[number]:
                now |= live[target]
            now = reads[number] | (now & keeps[number])
            if now != live[number]:
                live[number] = now
                again = again or number in loops
    return live


def _read(expr: Expr) -> int:
    """The locals of an expression, as bits."""
    if isinstance(expr, Var):
        return 1 << expr.local.number
    if isinstance(expr, Table):
        return _read(expr.index)
    found = 0
    if isinstance(expr, Op):
        for one in expr.args:
            found |= _read(one)
    return found


def unset_locals(graph: Graph) -> frozenset[int]:
    """The locals that may be read before they are set."""
    live = live_locals(graph)[graph.entry] if graph.nodes else 0
    return frozenset(local.number for local in graph.locals if live >> local.number & 1)
