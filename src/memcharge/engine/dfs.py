# SPDX-License-Identifier: GPL-2.0-only
"""Depth first: the same states, each once, the newest first.

It is soon at the ends of runs, so it may find a breach early where `bfs` has
all that is nearer to look at first; its witnesses are not the shortest.
"""

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

LOOK_EVERY = 2048  # states expanded between two looks at the clock and the limits


def search(
    stepper: Stepper,
    limits: Limits,
    progress: Callable[[Progress], None] | None = None,
    keeper: Keeper | None = None,
) -> Search:
    """Reach every state; all of it as `bfs.search` has it, but for the order.

    `depth` is that of the deepest state, by the way it was first reached.
    """
    found = begin(stepper, limits, keeper)
    if not found.current:
        found.stack.append(0)
        look_around(found, 0, 0)
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
    states, parents, finals, stack = found.states, found.parents, found.finals, found.stack
    known = set(states)
    depths = _depths(found)
    cpus = cpu_tables(stepper)
    successors: list[bytes] = []
    emit = stepper.into(successors)
    started = time.monotonic()
    expanded, transitions = found.current, found.transitions
    look = expanded or LOOK_EVERY  # a search that goes on looks at its limits first
    while stack:
        if expanded >= look:
            look = expanded + LOOK_EVERY
            look_around(found, transitions, expanded)
            found.incomplete = limit_hit(len(states), len(states[0]), started, limits)
            if progress is not None:
                progress(Progress(len(states), len(stack), found.depth))
            if found.incomplete:
                return
            if keeper is not None and keeper.due():
                keeper.keep(saved(stepper, found, limits))
        number = stack.pop()
        state, depth = states[number], depths[number]
        found.depth = max(found.depth, depth)
        before = transitions
        if not state[FINDING]:
            for pc, table, affected in cpus:
                label = state[pc] | state[pc + 1] << 8
                if not label:
                    continue
                table[label](state, emit)
                transitions += len(successors)
                for successor in successors:
                    if successor not in known:
                        known.add(successor)
                        for prop in affected[label]:
                            judge(prop, successor, len(states), found)
                        stack.append(len(states))
                        states.append(successor)
                        parents.append(number)
                        depths.append(depth + 1)
                successors.clear()
        if transitions == before:
            finals.append(number)
        expanded += 1
    look_around(found, transitions, expanded)


def _depths(found: Search) -> list[int]:
    """How far from the start each state was reached."""
    depths = [0]
    for number in range(1, len(found.states)):
        depths.append(depths[found.parents[number]] + 1)
    return depths
