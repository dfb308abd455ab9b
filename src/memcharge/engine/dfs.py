# SPDX-License-Identifier: GPL-2.0-only
"""Depth first: the same states, each once, the newest first.

It is soon at the ends of runs, so it may find a breach early where `bfs` has
all that is nearer to look at first; its witnesses are not the shortest.
"""

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
    with stopping_well(found):
        _expand(stepper, found, Watch(stepper, found, limits, progress, keeper))
    return found


def _expand(stepper: Stepper, found: Search, watch: Watch) -> None:
    states, parents, finals, stack = found.states, found.parents, found.finals, found.stack
    known = set(states)
    depths = _depths(found)
    cpus = cpu_tables(stepper)
    choose = chooser(stepper, cpus)
    successors: list[bytes] = []
    emit = stepper.into(successors)
    expanded, transitions = found.current, found.transitions
    while stack:
        if expanded >= watch.due and watch.stops(transitions, expanded, len(stack)):
            return
        number = stack.pop()
        state, depth = states[number], depths[number]
        found.depth = max(found.depth, depth)
        before = transitions
        if not state[FINDING]:
            for pc, table, affected in cpus if choose is None else choose(state):
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
