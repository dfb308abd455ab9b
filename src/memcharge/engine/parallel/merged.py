# SPDX-License-Identifier: GPL-2.0-only
"""A search on several workers in a checkpoint: there it looks as if one had made it.

So it goes on with any number of workers, and a search of one with several.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from memcharge.engine.checkpoint import Buffer
from memcharge.engine.found import Limits
from memcharge.engine.saved import Kept, Saved

if TYPE_CHECKING:
    from memcharge.engine.parallel.search import PartitionedSearch

ROWS = 1 << 18  # states that are moved at a time


def saved(search: PartitionedSearch) -> Saved:
    """All states in the order of all, as the native search keeps its own."""
    numbering, count = search.numbering, search.count
    finals = np.array(_finals(search), np.uint32)
    figures = {
        "count": count,
        "current": numbering.expanded,
        "level_end": numbering.level_end,
        "depth": search.depth,
        "transitions": search.transitions,
        "final_count": len(finals),
        "broken": search.broken,
    }
    return Saved(
        "native",
        figures,
        {
            "states": (8 * search.model.words * count, lambda: _states(search)),
            "parents": (4 * count, lambda: _parents(search)),
            "finals": (finals.nbytes, lambda: [finals.tobytes()]),
        },
    )


def _finals(search: PartitionedSearch) -> list[int]:
    return sorted(
        search.numbering.number(worker, int(number))
        for worker in range(search.crew.workers)
        for number in search.crew.ask(worker, "finals")
    )


def _rows(search: PartitionedSearch) -> Iterator[tuple[int, Any, Any]]:
    """The states and parents of all workers in the order of all, and of which level they are."""
    for segment in search.numbering.segments:
        for first in range(segment.first, segment.last, ROWS):
            last = min(first + ROWS, segment.last)
            states, parents = search.crew.ask(segment.worker, "rows", first, last)
            yield segment.level, states, parents


def _states(search: PartitionedSearch) -> Iterator[Buffer]:
    for _, states, _ in _rows(search):
        yield states.tobytes()


def _parents(search: PartitionedSearch) -> Iterator[Buffer]:
    workers = search.crew.workers
    for level, _, parents in _rows(search):
        own, whose = np.divmod(parents.astype(np.int64), workers)
        offsets = np.array(search.numbering.parents(level))
        yield (own + offsets[whose]).astype(np.uint32).tobytes()


def restore(search: PartitionedSearch, kept: Kept, limits: Limits) -> None:
    """Deal the states of a checkpoint out; CheckpointError if there is too little memory."""
    figures, crew = kept.figures, search.crew
    count, depth = figures["count"], figures["depth"]
    parents = np.frombuffer(kept.read("parents", 4 * count), np.uint32)
    finals = np.frombuffer(kept.read("finals", 4 * figures["final_count"]), np.uint32)
    dealer = _Dealer(search, kept, parents)
    fits = dealer.deal(figures["current"])
    search.depth, search.starts = depth, [*dealer.starts, dealer.counts][: depth + 2]
    for worker in range(crew.workers if fits else 0):
        own = np.sort(dealer.own(finals, worker))
        current, level_end = dealer.current[worker], search.starts[depth + 1][worker]
        transitions = 0 if worker else figures["transitions"]
        fits = fits and crew.ask(worker, "ready", current, level_end, own, transitions)
    if not fits:
        each = 8 * search.model.words + 14
        what = "--max-memory" if limits.max_memory else "what is free"
        raise kept.too_large(count * each, limits.max_memory or 0, what)
    search.look()
    for name, number in figures["broken"].items():
        index, worker = divmod(int(dealer.places[number]), crew.workers)
        search.breaks(search.names.index(name), worker, index)


class _Dealer:
    """Gives every state to whom it belongs; `places` are their numbers there, as parents are."""

    def __init__(self, search: PartitionedSearch, kept: Kept, parents: Any) -> None:
        self._search, self._parents = search, parents
        size = 8 * search.model.words
        self._pieces = kept.pieces("states", size * len(parents))
        self._rest = b""
        self._size = size
        self.places = np.zeros(len(parents), np.uint32)
        self.counts = [0] * search.crew.workers
        self.current = self.counts
        self.starts: list[list[int]] = []

    def deal(self, current: int) -> bool:
        """Deal all out; whether there is room.  Of them `current` are expanded."""
        for worker in range(len(self.counts)):
            self._search.crew.ask(worker, "clear")
        levels = [*level_starts(self._parents), len(self._parents)]
        for first, end in pairwise(levels):
            self.starts.append([*self.counts])
            cuts = sorted({*range(first, end, ROWS), end, min(max(current, first), end)})
            for at, until in pairwise(cuts):
                if not self._some(at, until):
                    return False
                if until == current:
                    self.current = [*self.counts]
        return not b"".join(self._pieces)  # read to the end, so that the checksum is looked at

    def _some(self, first: int, last: int) -> bool:
        crew, words = self._search.crew, self._search.model.words
        states = self._read(last - first)
        owners = self._search.model.owners(states, crew.workers)
        for worker in range(crew.workers):
            own = np.flatnonzero(owners == worker)
            numbers = np.arange(self.counts[worker], self.counts[worker] + len(own))
            self.places[first + own] = numbers * crew.workers + worker
        for worker in range(crew.workers):
            own = np.flatnonzero(owners == worker)
            parents = self.places[self._parents[first + own]]
            if not crew.ask(worker, "put", states.reshape(-1, words)[own].ravel(), parents):
                return False
            self.counts[worker] += len(own)
        return True

    def _read(self, count: int) -> Any:
        """The next states, in words."""
        parts, wanted = [self._rest], count * self._size - len(self._rest)
        while wanted > 0:
            parts.append(next(self._pieces))
            wanted -= len(parts[-1])
        whole = b"".join(parts)
        self._rest = whole[count * self._size :]
        return np.frombuffer(whole, np.uint64, count * self._size // 8)

    def own(self, numbers: Any, worker: int) -> Any:
        """The numbers that a worker gives to those of the states that are its own."""
        own, whose = np.divmod(self.places[numbers], len(self.counts))
        return own[whose == worker]


def level_starts(parents: Any) -> list[int]:
    """Where each level starts, in states that were found breadth first."""
    starts = [0, 1]
    at = 1
    while at < len(parents):
        beyond = parents[at : at + ROWS] >= starts[-1]
        first = int(np.argmax(beyond))
        if beyond[first]:
            at += first
            starts.append(at)
        else:
            at += len(beyond)
    return starts if starts[-1] < len(parents) else starts[:-1]
