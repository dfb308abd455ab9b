# SPDX-License-Identifier: GPL-2.0-only
"""What the compiled search shares with its caller: a record of 64-bit numbers."""

from __future__ import annotations

from memcharge.engine.native.text import Text

FIELDS = (
    "states",  # address of the states
    "parents",  # address of 32-bit state numbers
    "table",  # address of its 32-bit entries, 0 where empty
    "mask",  # its length less one
    "index_mask",  # the bits of an entry that hold a state's number + 1; the others are its tag
    "entered",  # states that the table holds
    "count",  # states found
    "current",  # states expanded
    "level_end",  # the first state of the next level
    "depth",
    "transitions",
    "finals",  # address of 32-bit state numbers
    "final_count",
    "broken",  # address of a state number for each property, -1 if none breaks it
    "pending",  # always-properties not broken yet, as bits
    "avoid",  # properties whose breaches are not expanded, as bits
    "stop",  # expand so many states, then return
    "room",  # states for which there is room
    "out",  # address of room for successors
    "origin",  # address of 32-bit numbers, the states they come from
    "hashes",  # address of their hashes
    "filter",  # address of FILTER whole states
    "steps",  # address of the addresses of the functions that make the CPUs' steps
    "judge",  # address of the function that says which properties a state breaks
)
FINISHED, STOPPED, FULL, OVERFLOW = range(4)

BATCH = 128  # states expanded before their successors are looked up
FILTER = 1 << 14  # states in the filter
SUCCESSORS = 1 << 15  # room for the successors of one batch
PER_STEP = 1 << 10  # alternatives of one step at most


class Record:
    """The fields of the record `%ctx`, within one function."""

    def __init__(self, text: Text, *names: str) -> None:
        """Take the addresses of the fields that the function names."""
        self._text = text
        for name in names:
            text.line(f"%at.{name} = getelementptr i64, ptr %ctx, i64 {FIELDS.index(name)}")

    def get(self, name: str, kind: str = "i64") -> str:
        return self._text.value(f"load {kind}, ptr %at.{name}")

    def put(self, name: str, value: str) -> None:
        self._text.line(f"store i64 {value}, ptr %at.{name}")
