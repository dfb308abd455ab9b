# SPDX-License-Identifier: GPL-2.0-only
"""What the functions of the compiled search share: `ctx`, an array of 64-bit numbers."""

from __future__ import annotations

from memcharge.engine.native.text import Text

FIELDS = (
    "states",  # address of the states
    "parents",  # address of 32-bit state numbers
    "table",  # address of the table of (tag, number + 1), 0 where empty
    "mask",  # its length less one
    "count",  # states found
    "current",  # states expanded
    "level_end",  # the first state of the next level
    "depth",
    "transitions",
    "finals",  # address of 64-bit state numbers
    "final_count",
    "final_room",
    "broken",  # address of a state number for each property, -1 if none breaks it
    "pending",  # always-properties not broken yet, as bits
    "avoid",  # properties whose breaches are not expanded, as bits
    "stop",  # expand so many states, then return
    "room",  # states for which there is room
    "out",  # address of room for successors
    "origin",  # address of 32-bit numbers, the states they come from
    "hashes",  # address of their hashes
    "filter",  # address of FILTER whole states
)


def shared(name: str) -> str:
    """The address of a shared field, computed at the start of each function."""
    return f"%c.{name}"


def addresses(text: Text, *names: str) -> None:
    """Compute the addresses of these fields."""
    for name in names:
        text.line(f"{shared(name)} = getelementptr i64, ptr %ctx, i64 {FIELDS.index(name)}")


def load(text: Text, *names: str) -> None:
    """Load these addresses, which stay the same while the function runs, into `%name`."""
    for name in names:
        text.line(f"%{name} = load ptr, ptr {shared(name)}")


def get(text: Text, name: str) -> str:
    return text.value(f"load i64, ptr {shared(name)}")


def put(text: Text, name: str, value: str) -> None:
    text.line(f"store i64 {value}, ptr {shared(name)}")
