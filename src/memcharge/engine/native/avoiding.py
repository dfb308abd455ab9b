# SPDX-License-Identifier: GPL-2.0-only
"""Final states that are reached without passing any state that breaks a property.

The states of a finished search are walked once more; nothing is stored but a
mark for each that was come to.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from memcharge.engine.native.record import FIELDS, FILTER, SUCCESSORS

if TYPE_CHECKING:
    from memcharge.engine.native.search import NativeSearch

CHUNK = 4096  # states expanded together


class Walk:
    """A walk over the states that `found` holds, past those that break what is `avoid`ed."""

    def __init__(self, found: NativeSearch, avoid: int) -> None:
        self._store, words = found.store, found.packing.words
        self._record = np.array(self._store.record.array)
        self._chunk = np.empty((CHUNK, words), np.uint64)
        self._out = np.empty((SUCCESSORS, words), np.uint64)
        self._hashes = np.empty(SUCCESSORS, np.uint64)
        self._numbers = np.empty(SUCCESSORS, np.uint32)
        self._finals = np.empty(CHUNK, np.uint32)
        self._states = np.asarray(self._store.states.array[: found.count * words]).reshape(
            -1, words
        )
        self._filter = np.tile(self._states[0], FILTER)
        self._seen = np.zeros(found.count, np.bool_)
        for name, array in (
            ("states", self._chunk),
            ("out", self._out),
            ("hashes", self._hashes),
            ("filter", self._filter),
            ("finals", self._finals),
        ):
            self._set(name, int(array.ctypes.data))
        self._set("avoid", avoid)
        number, count = ctypes.c_int64, 2
        self._expand = found.core.function("expand", number, *[number] * count)
        self._sift = found.core.function("sift", number, *[number] * count)
        self._find = found.core.function("find", None, *[number] * 5)

    def _set(self, name: str, value: int) -> None:
        self._record[FIELDS.index(name)] = value

    def finals(self) -> Iterator[int]:
        """The numbers of the final states that are come to."""
        self._seen[0] = True
        waiting = [np.zeros(1, np.uint32)]
        while waiting:
            numbers = waiting.pop()
            while waiting and len(numbers) < CHUNK // 2:
                numbers = np.concatenate((numbers, waiting.pop()))
            if len(numbers) > CHUNK:
                waiting.append(numbers[CHUNK:])
                numbers = numbers[:CHUNK]
            self._chunk[: len(numbers)] = self._states[numbers]
            done = 0
            while done < len(numbers):
                self._set("current", done)
                self._set("final_count", 0)
                made = self._expand(int(self._record.ctypes.data), len(numbers))
                done = int(self._record[FIELDS.index("current")])
                ended = self._finals[: self._record[FIELDS.index("final_count")]]
                yield from (int(numbers[one]) for one in ended)
                waiting.append(self._new(made))

    def _new(self, made: int) -> np.ndarray[tuple[int], np.dtype[np.uint32]]:
        """Those of so many successors that were not come to before; they are now."""
        record = int(self._record.ctypes.data)
        kept = self._sift(record, made)
        out, hashes = int(self._out.ctypes.data), int(self._hashes.ctypes.data)
        self._find(self._store.address, out, hashes, kept, int(self._numbers.ctypes.data))
        numbers = np.unique(self._numbers[:kept])
        numbers = numbers[~self._seen[numbers]]
        self._seen[numbers] = True
        return numbers
