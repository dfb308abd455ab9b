# SPDX-License-Identifier: GPL-2.0-only
"""One order for the states of all workers: by distance, as if one had found them all.

Within a level the states that are expanded come first, then worker after
worker.  So the expanded ones are the first of all, as they are in a search
that one worker makes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple


class Segment(NamedTuple):
    """States of one worker and level that follow one another: from `first` to before `last`.

    `base` is the number of the first in the order of all.
    """

    level: int
    worker: int
    first: int
    last: int
    base: int


class Numbering:
    """Where the states stand in the order of all."""

    def __init__(
        self, starts: Sequence[Sequence[int]], current: Sequence[int], counts: Sequence[int]
    ) -> None:
        """Number what there is: for each level where it starts at each worker.

        The last but one level is under way: each worker has expanded the
        states before `current`; the last ends at `counts`.
        """
        self.segments: list[Segment] = []
        self._total = 0
        self._offsets: list[list[int]] = []
        under_way = len(starts) - 2
        for level, (begin, end) in enumerate(zip(starts, [*starts[1:], counts], strict=True)):
            until = current if level == under_way else end
            self._offsets.append(self._add(level, begin, until))
            if level == under_way:
                self.expanded = self._total
                self._add(level, until, end)
                self.level_end = self._total
        self._bases = [one.base for one in self.segments]
        self._own = [[one for one in self.segments if one.worker == n] for n in range(len(counts))]
        self._firsts = [[one.first for one in own] for own in self._own]

    def _add(self, level: int, begin: Sequence[int], end: Sequence[int]) -> list[int]:
        """Number a stretch of every worker; what is to be added to each worker's own numbers."""
        offsets = []
        for worker, (first, last) in enumerate(zip(begin, end, strict=True)):
            offsets.append(self._total - first)
            if first < last:
                self.segments.append(Segment(level, worker, first, last, self._total))
                self._total += last - first
        return offsets

    def number(self, worker: int, index: int) -> int:
        """The place of one worker's state in the order of all."""
        own = self._own[worker]
        segment = own[bisect_right(self._firsts[worker], index) - 1]
        return segment.base + index - segment.first

    def place(self, number: int) -> tuple[int, int]:
        """Whose the state of that number is, and its number there."""
        segment = self.segments[bisect_right(self._bases, number) - 1]
        return segment.worker, segment.first + number - segment.base

    def parents(self, level: int) -> list[int]:
        """What is to be added to the workers' own numbers of the parents of a level's states."""
        return self._offsets[max(level - 1, 0)]
