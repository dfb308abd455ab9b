# SPDX-License-Identifier: GPL-2.0-only
"""Breadth first: all states, each once, nearest first."""

from __future__ import annotations

from collections.abc import Callable

from memcharge.engine.ample import chooser
from memcharge.engine.found import (
    Limits,
    Progress,
    Search,
    Watch,
    begin,
    cpu_tables,
    judge,
    look_around,
    stopping_well,
)
from memcharge.engine.saved import Keeper
from memcharge.engine.slots import FINDING
from memcharge.engine.stepper import Stepper

__all__ = ["Limits", "Progress", "Search", "search"]


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
    with stopping_well(found):
        _expand(stepper, found, Watch(stepper, found, limits, progress, keeper))
    return found


def _expand(stepper: Stepper, found: Search, watch: Watch) -> None:
    states, parents, finals = found.states, found.parents, found.finals
    numbers = {state: number for number, state in enumerate(states)}
    cpus = cpu_tables(stepper)
    choose = chooser(stepper, cpus)
    successors: list[bytes] = []
    emit = stepper.into(successors)
    current, transitions = found.current, found.transitions
    while current < len(states):
        if current >= watch.due and watch.stops(transitions, current, len(states) - current):
            return
        if current == found.level_end:
            found.depth += 1
            found.level_end = len(states)
        state = states[current]
        before = transitions
        if not state[FINDING]:
            for pc, table, affected in cpus if choose is None else choose(state):
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
