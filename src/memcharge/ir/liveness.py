# SPDX-License-Identifier: GPL-2.0-only
"""Which locals something may still read."""

from __future__ import annotations

from memcharge.ir.nodes import Graph, defines, successors, uses, variables


def live_locals(graph: Graph) -> list[int]:
    """For each node the locals that something may still read before they are set, as bits."""
    count = len(graph.nodes)
    reads, kills = [0] * count, [0] * count
    before: list[list[int]] = [[] for _ in range(count)]
    for number, node in enumerate(graph.nodes):
        for expr in uses(node):
            for local in variables(expr):
                reads[number] |= 1 << local.number
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
