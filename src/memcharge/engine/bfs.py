# SPDX-License-Identifier: GPL-2.0-only
"""Breadth first: all states, each once, nearest first."""

from __future__ import annotations

import time
from collections.abc import Callable

from memcharge.engine.found import (
    Limits,
    Progress,
    Search,
    begin,
    cpu_tables,
    go_back,
    judge,
    limit_hit,
    look_around,
    saved,
)
from memcharge.engine.saved import Keeper
from memcharge.engine.slots import FINDING, FieldOverflow
from memcharge.engine.stepper import Stepper

__all__ = ["Limits", "Progress", "Search", "search"]

LOOK_EVERY = 2048  # states expanded between two looks at the clock and the limits


def search(
    stepper: Stepper,
    limits: Limits,
    progress: Callable[[Progress], None] | None = None,
    keeper: Keeper | None = None,
) -> Search:
    """Reach every state from the start state, or from where a kept search stopped.

    A limit, or KeyboardInterrupt, ends the search early; `incomplete` then
    says so.  Raises FieldOverflow if a value does not fit its field.
    """
    found = begin(stepper, limits, keeper)
    try:
        _expand(stepper, found, limits, progress, keeper)
    except KeyboardInterrupt:
        go_back(found)
        found.incomplete = "interrupted"
    except ValueError as problem:
        raise FieldOverflow(f"a local does not fit 8 bits ({problem})") from problem
    return found


def _expand(
    stepper: Stepper,
    found: Search,
    limits: Limits,
    progress: Callable[[Progress], None] | None,
    keeper: Keeper | None,
) -> None:
    states, parents, finals = found.states, found.parents, found.finals
    numbers = {state: number for number, state in enumerate(states)}
    cpus = cpu_tables(stepper)
    successors: list[bytes] = []
    emit = stepper.into(successors)
    started = time.monotonic()
    current, transitions = found.current, found.transitions
    look = current or LOOK_EVERY  # a search that goes on looks at its limits first
    while current < len(states):
        if current >= look:
            look = current + LOOK_EVERY
            look_around(found, transitions, current)
            found.incomplete = limit_hit(len(states), len(states[0]), started, limits)
            if progress is not None:
                progress(Progress(len(states), len(states) - current, found.depth))
            if found.incomplete:
                return
            if keeper is not None and keeper.due():
                keeper.keep(saved(stepper, found, limits))
        if current == found.level_end:
            found.depth += 1
            found.level_end = len(states)
        state = states[current]
        before = transitions
        if not state[FINDING]:
            for pc, table, affected in cpus:
                label = state[pc] | state[pc + 1] << 8
                if not label:
                    continue
                table[label](state, emit)
                if not successors:
                    continue
                transitions += len(successors)
                for successor in successors:
                    if successor not in numbers:
                        numbers[successor] = len(states)
                        for prop in affected[label]:
                            judge(prop, successor, len(states), found)
                        states.append(successor)
                        parents.append(current)
                successors.clear()
        if transitions == before:
            finals.append(current)
        current += 1
    look_around(found, transitions, current)
