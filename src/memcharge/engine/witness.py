# SPDX-License-Identifier: GPL-2.0-only
"""Schedules: from a path of states to who stepped, with as few switches as can be had."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby

from memcharge.engine.slots import ENDINGS, FINDING
from memcharge.engine.stepper import Stepper
from memcharge.trace import Schedule, switches

Holds = Callable[[list[bytes]], int | None]


class ScheduleError(ValueError):
    """A schedule that this scenario cannot follow: the step and the reason."""


def successors(stepper: Stepper, state: bytes, cpu: int) -> list[bytes]:
    """The states one step of a CPU later; none if it waits or has finished."""
    function = stepper.tables[cpu][stepper.label(state, cpu)]
    if function is None or state[FINDING]:
        return []
    found: list[bytes] = []
    function(state, found.append)
    return found


def stored_successors(stepper: Stepper, state: bytes, cpu: int) -> list[bytes]:
    """The same as a search stores them: of interchangeable states the one that stands for all."""
    found = successors(stepper, state, cpu)
    return found if stepper.canonical is None else [*map(stepper.canonical, found)]


def schedule_of(stepper: Stepper, path: list[bytes]) -> Schedule:
    """Who steps along a path of states, staying with a CPU where either would do.

    The states are as a search stores them.  The run itself is made step by
    step, each to a state for which the next of the path stands: one like it
    is always there.
    """
    steps: list[tuple[int, int]] = []
    last = 0
    count = len(stepper.tables)
    state = path[0]
    for after in path[1:]:
        for cpu in sorted(range(count), key=lambda one: one != last):
            options = stored_successors(stepper, state, cpu)
            if after in options:
                choice = options.index(after)
                steps.append((cpu, choice))
                state, last = successors(stepper, state, cpu)[choice], cpu
                break
    return tuple(steps)


def follow(stepper: Stepper, schedule: Schedule) -> list[bytes]:
    """The states of a schedule, the start first; ScheduleError if it cannot be followed."""
    states = [stepper.start]
    for number, (cpu, choice) in enumerate(schedule, 1):
        if cpu >= len(stepper.tables):
            raise ScheduleError(
                f"step {number}: there is no CPU {cpu}; this scenario has "
                f"{len(stepper.tables)}, numbered from 0"
            )
        options = successors(stepper, states[-1], cpu)
        if choice >= len(options):
            raise ScheduleError(f"step {number}: {_why_not(stepper, states[-1], cpu, options)}")
        states.append(options[choice])
    return states


def _why_not(stepper: Stepper, state: bytes, cpu: int, options: list[bytes]) -> str:
    kind = ENDINGS[state[FINDING]]
    if kind:
        return f"the run has ended before, with {kind}"
    if options:
        return f"CPU {cpu} has {len(options)} alternatives here, numbered from 0"
    label = stepper.label(state, cpu)
    if not label:
        return f"CPU {cpu} has finished"
    site = stepper.program.cpus[cpu].nodes[stepper.slots.cpus[cpu].nodes[label]].site
    return f"CPU {cpu} has to wait in {site.frame.function}, at `{site.text}`"


def fewest_switches(stepper: Stepper, schedule: Schedule, broken_at: Holds) -> Schedule:
    """Move whole runs of one CPU together, as long as the property still breaks.

    `broken_at` gives the number of steps after which a path of states is
    broken, or None.  The result is never longer; it is a local optimum.
    """
    best = schedule
    improved = True
    while improved:
        improved = False
        for candidate in _neighbours(best):
            if switches(candidate) >= switches(best):
                continue
            try:
                states = follow(stepper, candidate)
            except ScheduleError:
                continue
            at = broken_at(states)
            if at is not None:
                best, improved = candidate[:at], True
                break
    return best


def _neighbours(schedule: Schedule) -> list[Schedule]:
    runs = [tuple(run) for _, run in groupby(schedule, key=lambda step: step[0])]
    found: list[Schedule] = []
    for number, run in enumerate(runs):
        rest = runs[:number] + runs[number + 1 :]
        for place in range(len(rest) + 1):
            if place != number:
                moved = [*rest[:place], run, *rest[place:]]
                found.append(tuple(step for part in moved for step in part))
    return found
