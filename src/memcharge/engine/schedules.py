# SPDX-License-Identifier: GPL-2.0-only
"""How many schedules the states of a search stand for."""

from __future__ import annotations

from memcharge.engine.slots import FINDING
from memcharge.engine.stepper import Stepper
from memcharge.engine.witness import stored_successors


def count_schedules(stepper: Stepper) -> int | None:
    """The number of paths from the start to a final state; None if there is a cycle.

    Each state is stepped once more, by the interpreter: about as much work as
    its search, and more if that took steps alone, for here all are taken.  A
    state that stands for others has as many paths as each of them, and each of
    its steps is one of its own, so nothing is counted twice.
    """
    counts: dict[bytes, int] = {}
    on_path: set[bytes] = set()
    stack = [(stepper.start, False)]
    while stack:
        state, returning = stack.pop()
        if returning:
            on_path.discard(state)
            after = _after(stepper, state)
            counts[state] = sum(counts[one] for one in after) if after else 1
            continue
        if state in counts:
            continue
        on_path.add(state)
        stack.append((state, True))
        for one in _after(stepper, state):
            if one in on_path:
                return None
            if one not in counts:
                stack.append((one, False))
    return counts[stepper.start]


def _after(stepper: Stepper, state: bytes) -> list[bytes]:
    """All states one step later; two alternatives that come to the same are two schedules."""
    if state[FINDING]:
        return []
    cpus = range(len(stepper.tables))
    return [one for cpu in cpus for one in stored_successors(stepper, state, cpu)]
