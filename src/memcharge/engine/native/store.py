# SPDX-License-Identifier: GPL-2.0-only
"""The memory that a search lives in: states, parents, finals, and the table to find them by.

Besides 8 bytes a word a state costs 4 for the state it was reached from and 4
for an entry of the table, which is between 0.35 and 0.7 full once it has grown.
The table grows where it lies and is filled anew from the states, so growing
needs no room for two.
"""

from __future__ import annotations

import ctypes
from array import array

from memcharge.engine.native.memory import Memory
from memcharge.engine.native.record import FIELDS, FILTER, SUCCESSORS

FIRST_TABLE = 1 << 17
LOAD = 0.7  # of the table, before it grows twofold
MOST = (1 << 32) - 2  # states that 32 bits can number
AT_ONCE = 1 << 20  # states entered into a new table between two looks at the clock


class Store:
    """All states found, within so many bytes, and the record that the compiled search reads."""

    def __init__(self, words: int, memory: int) -> None:
        self.words = words
        self.each = 8 * words + 5  # bytes of a state without the table: a mark, in the end
        least = FIRST_TABLE * 4 + 4 * SUCCESSORS * self.each
        self.memory = max(memory, least)
        self.record = Memory(len(FIELDS), "q")
        most = min(self.memory // self.each, MOST)
        self.states = Memory(most * words, "Q")
        self.parents = Memory(most, "I")
        self.finals = Memory(most, "I")
        self._batch = {
            "out": Memory(SUCCESSORS * words, "Q"),
            "origin": Memory(SUCCESSORS, "I"),
            "hashes": Memory(SUCCESSORS, "Q"),
            "filter": Memory(FILTER * words, "Q"),
        }
        for name, memory_of in self._batch.items():
            self[name] = memory_of.address
        for name in ("states", "parents", "finals"):
            self[name] = getattr(self, name).address
        self._table = Memory(self.length_for(most + SUCCESSORS), "I")
        self["table"] = self._table.address
        self._length = 0

    def __getitem__(self, name: str) -> int:
        return self.record.array[FIELDS.index(name)]

    def __setitem__(self, name: str, value: int) -> None:
        self.record.array[FIELDS.index(name)] = value

    @property
    def address(self) -> int:
        """Of the record."""
        return self.record.address

    def begin(self, start: list[int]) -> None:
        """Hold the start state alone."""
        self.states.array[: self.words] = array("Q", start)
        self._batch["filter"].array[: FILTER * self.words] = array("Q", start * FILTER)
        self["count"] = self["level_end"] = 1

    # -- room -----------------------------------------------------------------------------

    @property
    def used(self) -> int:
        """The bytes that what was found takes up."""
        return self["count"] * self.each + 4 * self["final_count"] + 4 * self._length

    def make_room(self, more: int = SUCCESSORS) -> bool:
        """Let the table have room for so many more; whether memory allows it."""
        needed = self["count"] + more
        length = max(self._length, self.length_for(needed))
        room = self._room(length)
        if room < needed or room < self["count"] + self["count"] // 16:
            return False
        if length != self._length:
            ctypes.memset(self._table.address, 0, 4 * self._length)
            self._length, self["mask"] = length, length - 1
            self["index_mask"] = (1 << room.bit_length()) - 1
            self["entered"] = 0
        self["room"] = room
        return True

    @staticmethod
    def length_for(states: int) -> int:
        """The length of the table that so many states need."""
        length = FIRST_TABLE
        while int(length * LOAD) < states:
            length *= 2
        return length

    def _room(self, length: int) -> int:
        """The states for which there is room beside a table of that length."""
        left = self.memory - 4 * length - 4 * (self["final_count"] + SUCCESSORS)
        return min(int(length * LOAD), left // self.each, MOST)

    @property
    def behind(self) -> int:
        """The number of the state up to which a new table is filled next; 0 if it has them all."""
        entered, count = self["entered"], self["count"]
        return min(entered + AT_ONCE, count) if self._length and entered < count else 0

    # -- what is kept ------------------------------------------------------------------------

    def arrays(self, count: int, finals: int) -> list[tuple[str, memoryview]]:
        """What makes up so many states and finals, as arrays over it."""
        return [
            ("states", self.states.array[: count * self.words]),
            ("parents", self.parents.array[:count]),
            ("finals", self.finals.array[:finals]),
        ]
