# SPDX-License-Identifier: GPL-2.0-only
"""What holds at each node on every way there, as bits."""

from __future__ import annotations

from collections.abc import Callable

from memcharge.ir.nodes import Graph, Node, successors

Change = tuple[int, int] | Callable[[int, int], int]
"""What a node does to the facts: the bits it keeps and those it adds, or a function.

The function goes from the facts before a node, and the node that follows, to the facts there.
"""


class Flow:
    """A graph for those who ask what holds where; made once for all of them.

    `targets` are for each node those that may follow it, `before` those that it
    may follow, `kinds` the numbers of the nodes by class.  A block is a run of
    nodes with no way in but at its first and no way out but at its last.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.targets = [successors(node) for node in graph.nodes]
        self.kinds: dict[type[Node], list[int]] = {}
        self.before: list[list[int]] = [[] for _ in graph.nodes]
        for number, node in enumerate(graph.nodes):
            self.kinds.setdefault(type(node), []).append(number)
            for target in self.targets[number]:
                self.before[target].append(number)
        self.blocks: list[list[int]] = []
        self._block_at = [-1] * len(graph.nodes)  # the block that begins at a node
        for number in range(len(graph.nodes)):
            if number == graph.entry or not self._follows_one(number):
                self._block_at[number] = len(self.blocks)
                self.blocks.append(self._block(number))
        self._after = [  # for each block those that may follow, and the node each begins with
            [(self._block_at[target], target) for target in self.targets[block[-1]]]
            for block in self.blocks
        ]

    def numbers(self, *kinds: type[Node]) -> list[int]:
        """The nodes of some classes, class by class."""
        return [number for kind in kinds for number in self.kinds.get(kind, ())]

    def _follows_one(self, number: int) -> bool:
        before = self.before[number]
        return len(before) == 1 and len(self.targets[before[0]]) == 1

    def _block(self, number: int) -> list[int]:
        block, entry, targets = [number], self.graph.entry, self.targets
        while len(targets[number]) == 1:
            (number,) = targets[number]
            if number == entry or len(self.before[number]) != 1:
                break
            block.append(number)
        return block

    def must(self, start: int, changes: dict[int, Change]) -> list[int | None]:
        """The facts before each node if `start` are those at first, None where no run comes.

        A node without a change keeps the facts.  Blocks are taken in the order of their
        first nodes, which is nearly the order of the text.
        """
        known = self._before_blocks(start, changes)
        found: list[int | None] = [None] * len(self.targets)
        for block, at_first in zip(self.blocks, known, strict=True):
            if at_first is None:
                continue
            facts, last = at_first, block[-1]
            for number in block:
                found[number] = facts
                if number in changes and number != last:
                    change = changes[number]
                    if isinstance(change, tuple):
                        facts = facts & change[0] | change[1]
                    else:
                        facts = change(facts, -1)
        return found

    def _before_blocks(self, start: int, changes: dict[int, Change]) -> list[int | None]:
        """The facts before each block."""
        steps = [_joined([changes[n] for n in block if n in changes]) for block in self.blocks]
        known: list[int | None] = [None] * len(self.blocks)
        first = self._block_at[self.graph.entry]
        known[first] = start
        waiting = bytearray(len(self.blocks))
        waiting[first] = 1
        block = first
        while block >= 0:
            waiting[block] = 0
            facts = known[block]
            assert facts is not None
            *inner, last = steps[block]
            for change in inner:
                if isinstance(change, tuple):
                    facts = facts & change[0] | change[1]
                else:
                    facts = change(facts, -1)
            if isinstance(last, tuple):
                facts = facts & last[0] | last[1]
            for after, target in self._after[block]:
                there = facts if isinstance(last, tuple) else last(facts, target)
                old = known[after]
                if old is not None:
                    there &= old
                if there != old:
                    known[after] = there
                    waiting[after] = 1
            block = waiting.find(1, block + 1)
            if block < 0:
                block = waiting.find(1)
        return known


def _joined(changes: list[Change]) -> list[Change]:
    """One behind the other, at least one."""
    joined: list[Change] = [(-1, 0)]
    for change in changes:
        before = joined[-1]
        if isinstance(change, tuple) and isinstance(before, tuple):
            joined[-1] = (before[0] & change[0], before[1] & change[0] | change[1])
        else:
            joined.append(change)
    return joined
