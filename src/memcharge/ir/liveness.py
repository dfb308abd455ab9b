# SPDX-License-Identifier: GPL-2.0-only
"""Which locals something may still read."""

from __future__ import annotations

from memcharge.ir.nodes import Const, Expr, Graph, Op, Table, Var, defines, successors, uses


def live_locals(graph: Graph) -> list[int]:
    """For each node the locals that something may still read before they are set, as bits."""
    count = len(graph.nodes)
    reads, kills = [0] * count, [0] * count
    before: list[list[int]] = [[] for _ in range(count)]
    for number, node in enumerate(graph.nodes):
        for expr in uses(node):
            if not isinstance(expr, Const):
                reads[number] |= _read(expr)
        defined = defines(node)
        if defined is not None:
            kills[number] = ~(1 << defined.number)
        else:
            kills[number] = -1
        for target in successors(node):
            before[target].append(number)
    live = [0] * count
    waiting = list(range(count))
    while waiting:
        number = waiting.pop()
        after = 0
        for target in successors(graph.nodes[number]):
            after |= live[target]
        now = reads[number] | (after & kills[number])
        if now != live[number]:
            live[number] = now
            waiting.extend(before[number])
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
