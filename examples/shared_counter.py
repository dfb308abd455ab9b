# SPDX-License-Identifier: GPL-2.0-only
"""Four processes add one to a counter four times each, without a lock.

The textbook model that checkers are compared on: a process reads the counter
and writes it back one higher, two steps an increment.  The increments are
written out, for a loop would begin with a step of its own.
"""

from __future__ import annotations

from memcharge.kernel import *

PROVENANCE = "textbooks"


DUE = 16


class Counter(Struct):
    """What all processes share."""

    value: int = uint(5)


shared = the("shared", Counter)

SCENARIOS = {
    "four_by_four": ("add_four()", "add_four()", "add_four()", "add_four()"),
}
AT_END = ("no_increment_is_lost",)


def start() -> None:
    Counter("shared")


def increment() -> None:
    shared.value += 1


def add_four() -> None:
    increment()
    increment()
    increment()
    increment()


def no_increment_is_lost() -> bool:
    """The counter is 16 when all four have finished."""
    return shared.value == DUE
