# SPDX-License-Identifier: GPL-2.0-only
"""What holds at each node on every way there, as bits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heappop, heappush

from memcharge.ir.nodes import Graph, successors

Change = Callable[[int, int], int]
"""From the facts before a node, and the node that follows, to the facts there."""


def targets_of(graph: Graph) -> list[tuple[int, ...]]:
    """For each node the nodes that may follow."""
    return [successors(node) for node in graph.nodes]


def must(
    targets: Sequence[tuple[int, ...]], entry: int, start: int, changes: dict[int, Change]
) -> list[int | None]:
    """The facts before each node, None where no run comes; a node without a change keeps them.

    Nodes are taken in order of number, which is nearly the order of the text.
    """
    before: list[int | None] = [None] * len(targets)
    before[entry] = start
    waiting, queued = [entry], {entry}
    while waiting:
        number = heappop(waiting)
        queued.discard(number)
        facts, change = before[number], changes.get(number)
        assert facts is not None
        for target in targets[number]:
            there = facts if change is None else change(facts, target)
            old = before[target]
            if old is not None:
                there &= old
            if there != old:
                before[target] = there
                if target not in queued:
                    queued.add(target)
                    heappush(waiting, target)
    return before
