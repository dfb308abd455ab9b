# SPDX-License-Identifier: GPL-2.0-only
"""What one worker holds: the states that are its own, and the boxes for those of others."""

from __future__ import annotations

import ctypes
import time
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from memcharge.engine.native.memory import Memory
from memcharge.engine.native.model import BROKEN
from memcharge.engine.native.packing import Bits
from memcharge.engine.native.record import BATCH, FULL, STOPPED, SUCCESSORS
from memcharge.engine.native.store import MOST, Store
from memcharge.engine.parallel.scatter import POST, partitioned

Mail = tuple[Any, Any]  # states, in words, and the 32-bit numbers of their parents


@dataclass(frozen=True, slots=True)
class Model:
    """A program as every worker is given it: its functions as text, and the shape of its states."""

    words: int
    cpus: int
    finding: Bits
    texts: dict[str, str]
    start: tuple[int, ...]
    properties: int

    def owners(self, states: Any, workers: int) -> Any:
        """Whose each of some packed states is."""
        code = partitioned(self.words, self.cpus, self.finding)
        owners = code.function("owners", None, *4 * [ctypes.c_int64])
        found = np.zeros(len(states) // self.words, np.uint32)
        owners(states.ctypes.data, len(found), workers, found.ctypes.data)
        return found


class Order(NamedTuple):
    """What all workers do in a round: take in what came, then expand at most so many states.

    `advance` makes the next level the one to expand; `pending` are the
    properties still to be judged and `avoid` those whose breaches are not
    expanded, as bits.
    """

    most: int
    advance: bool
    pending: int
    avoid: int


class Report(NamedTuple):
    """What a worker did: why it ended, its figures, how many states it has for each other one.

    `broken` has for each property the first state here that breaks it, or -1.
    """

    code: int
    found: int
    current: int
    level_end: int
    finals: int
    transitions: int
    sent: tuple[int, ...]
    broken: tuple[int, ...]
    seconds: float
    cpu_seconds: float


class Boxes:
    """Room for what a worker has for each of the others, and the record that tells where."""

    def __init__(self, words: int, worker: int, workers: int, room: int) -> None:
        length = room if workers > 1 else 1
        self.words = words
        self.states = [Memory(length * words, "Q") for _ in range(workers)]
        self.parents = [Memory(length, "I") for _ in range(workers)]
        # A page of its own: another worker's writes beside it would slow both down.
        self._small = Memory(3 * workers + len(POST), "q")
        small = np.asarray(self._small.array)
        self._where = [small[n * workers : (n + 1) * workers] for n in range(3)]
        self._record = small[3 * workers :]
        self._where[0][:] = [one.address for one in self.states]
        self._where[1][:] = [one.address for one in self.parents]
        values = [worker, workers, *(int(one.ctypes.data) for one in self._where), 0, room]
        self._record[: len(POST)] = values

    @property
    def address(self) -> int:
        """Of the record."""
        return int(self._record.ctypes.data)

    @property
    def sent(self) -> tuple[int, ...]:
        return tuple(int(one) for one in self._where[2])

    def empty(self) -> None:
        self._where[2][:] = 0
        self._record[POST.index("total")] = 0

    def mail(self, worker: int) -> Mail:
        """What there is for one of the others."""
        count = self.sent[worker]
        states = self.states[worker].array[: count * self.words]
        return np.asarray(states), np.asarray(self.parents[worker].array[:count])


class Part:
    """One worker's part of a search.

    There are two sets of boxes: one is filled while the others read the other.
    """

    def __init__(self, model: Model, worker: int, workers: int, memory: int, box: int) -> None:
        """Hold a part in about so many bytes; `box` states may go to the others in a round."""
        self.model, self.worker, self.workers = model, worker, workers
        each = 8 * model.words + 4
        # What the others may send before this one can say that it is full, twice over.
        self._reserve = 2 * (workers - 1) * box
        least = (self._reserve + 2 * SUCCESSORS) * (each + 10)
        self.store = Store(model.words, max(memory, least))
        self._boxes = [Boxes(model.words, worker, workers, box) for _ in range(2)]
        self._side = 0
        self._broken = np.full(max(model.properties, 1), -1, np.int64)
        self.store["broken"] = int(self._broken.ctypes.data)
        self._addresses = np.zeros(model.cpus, np.int64)
        self.store["steps"] = int(self._addresses.ctypes.data)
        code = partitioned(model.words, model.cpus, model.finding)
        number = ctypes.c_int64
        self._spread = code.function("spread", number, number, number)
        self._receive = code.function("receive", None, number, number, number, number)
        self._rehash = code.function("rehash", None, number, number)
        self._begin()

    def _begin(self) -> None:
        self.store.begin(list(self.model.start))
        start = np.array(self.model.start, np.uint64)
        mine = int(self.model.owners(start, self.workers)[0]) == self.worker
        self.store["count"] = self.store["level_end"] = int(mine)
        self._has_room()  # for what may come before it expands anything

    def call(self, name: str, address: int) -> None:
        """Call a function of the program there from now on; not while a round runs."""
        if name == BROKEN:
            self.store["judge"] = address
        else:
            self._addresses[int(name.removeprefix("cpu"))] = address

    # -- a round --------------------------------------------------------------------------------

    def round(self, order: Order, came: list[Mail]) -> Report:
        """Take in what came, then expand, while the others do the same."""
        began, before = time.perf_counter(), time.thread_time()
        store = self.store
        self._side ^= 1
        boxes = self._boxes[self._side]
        boxes.empty()
        store["pending"], store["avoid"] = order.pending, order.avoid
        for states, parents in came:
            self._receive(store.address, states.ctypes.data, parents.ctypes.data, len(parents))
        if order.advance:
            store["level_end"] = store["count"]
        code = STOPPED
        if order.most:
            store["stop"] = store["current"] + order.most
            code = FULL
            while code == FULL and self._has_room():
                code = int(self._spread(store.address, boxes.address))
        return self.report(code, time.perf_counter() - began, time.thread_time() - before)

    def _has_room(self) -> bool:
        """Let there be room for another batch and all that the others may send."""
        store, needed = self.store, SUCCESSORS + self._reserve
        if store["count"] + SUCCESSORS <= store["room"]:
            return True
        if store["count"] + needed > MOST // self.workers or not store.make_room(needed):
            return False
        while store.behind:
            self._rehash(store.address, store.behind)
        store["room"] -= self._reserve
        return True

    def report(self, code: int = STOPPED, seconds: float = 0.0, cpu_seconds: float = 0.0) -> Report:
        """How things stand."""
        store = self.store
        return Report(
            code,
            store["count"],
            store["current"],
            store["level_end"],
            store["final_count"],
            store["transitions"],
            self._boxes[self._side].sent,
            tuple(int(number) for number in self._broken),
            seconds,
            cpu_seconds,
        )

    def mail(self, worker: int) -> Mail:
        """What the last round left for one of the others; it stays while the next round runs."""
        return self._boxes[self._side].mail(worker)

    # -- what was found ---------------------------------------------------------------------------

    def rows(self, first: int, last: int) -> Mail:
        """States, in words, and their parents."""
        words = self.model.words
        states = self.store.states.array[first * words : last * words]
        return np.asarray(states), np.asarray(self.store.parents.array[first:last])

    def finals(self) -> Any:
        """The numbers of the final states, lowest first."""
        return np.asarray(self.store.finals.array[: self.store["final_count"]])

    def states_at(self, numbers: Any) -> Any:
        """Some states, a row each."""
        words = self.model.words
        count = self.store["count"]
        return np.asarray(self.store.states.array[: count * words]).reshape(-1, words)[numbers]

    def suspects(self) -> Any:
        """The states that were being expanded when one did not fit."""
        first = self.store["current"]
        return self.states_at(range(first, min(first + BATCH, self.store["count"])))

    # -- going on -----------------------------------------------------------------------------

    def clear(self) -> None:
        """Hold nothing, so that what was kept can be put in."""
        self.store["count"] = self.store["level_end"] = 0

    def put(self, states: Any, parents: Any) -> bool:
        """Put in states that are known to be new; whether there is room."""
        store, words = self.store, self.model.words
        first, last = store["count"], store["count"] + len(parents)
        if last * words > len(store.states.array):
            return False
        np.asarray(store.states.array)[first * words : last * words] = states
        np.asarray(store.parents.array)[first:last] = parents
        store["count"] = last
        return True

    def ready(self, current: int, level_end: int, finals: Any, transitions: int) -> bool:
        """Go on from there; whether there is room."""
        store = self.store
        store["current"], store["level_end"] = current, level_end
        store["transitions"], store["final_count"] = transitions, len(finals)
        np.asarray(store.finals.array)[: len(finals)] = finals
        store["entered"] = store["room"] = 0
        return self._has_room()
