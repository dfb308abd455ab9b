# SPDX-License-Identifier: GPL-2.0-only
"""Breadth first: all states, each once, nearest first."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from memcharge.engine.slots import FINDING
from memcharge.engine.stepper import FieldOverflow, Property, Stepper

LOOK_EVERY = 2048  # states expanded between two looks at the clock and the limits


class Limits(Protocol):
    """When to stop early; None is no limit.  `max_memory` is in bytes."""

    @property
    def max_states(self) -> int | None: ...
    @property
    def max_memory(self) -> int | None: ...
    @property
    def seconds(self) -> float | None: ...


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a search is: states found, states not yet expanded, depth."""

    states: int
    queue: int
    depth: int


@dataclass(slots=True)
class Search:
    """What a search found.

    `states` are in order of distance; `parents[i]` is the number of the state
    from which state i was first reached.  `finals` are the states in which no
    CPU can step; `broken` maps an always-property to the nearest state that
    breaks it.  `incomplete` is empty, or says which limit was hit.
    """

    states: list[bytes]
    parents: array[int]
    transitions: int = 0
    depth: int = 0
    finals: list[int] = field(default_factory=list)
    broken: dict[str, int] = field(default_factory=dict)
    incomplete: str = ""

    @property
    def count(self) -> int:
        """How many states were found."""
        return len(self.states)

    def state(self, number: int) -> bytes:
        """The state of that number, in order of distance."""
        return self.states[number]

    def path(self, number: int) -> list[bytes]:
        """The states from the start to the given one."""
        path = [self.states[number]]
        while number:
            number = self.parents[number]
            path.append(self.states[number])
        return path[::-1]


def search(
    stepper: Stepper, limits: Limits, progress: Callable[[Progress], None] | None = None
) -> Search:
    """Reach every state from the start state.

    A limit, or KeyboardInterrupt, ends the search early; `incomplete` then
    says so.  Raises FieldOverflow if a value does not fit its field.
    """
    found = Search([stepper.start], array("q", [0]))
    for prop in stepper.properties:
        if prop.when == "always" and not prop.holds(stepper.start):
            found.broken[prop.name] = 0
    try:
        _expand(stepper, found, limits, progress)
    except KeyboardInterrupt:
        found.incomplete = "interrupted"
    except ValueError as problem:
        raise FieldOverflow(f"a local does not fit 8 bits ({problem})") from problem
    return found


def _expand(
    stepper: Stepper,
    found: Search,
    limits: Limits,
    progress: Callable[[Progress], None] | None,
) -> None:
    states, parents, finals = found.states, found.parents, found.finals
    numbers = {states[0]: 0}
    cpus = [
        (slots.pc, table, affected)
        for slots, table, affected in zip(
            stepper.slots.cpus, stepper.tables, stepper.affected, strict=True
        )
    ]
    successors: list[bytes] = []
    emit = successors.append
    started = time.monotonic()
    current, level_end, look = 0, 1, LOOK_EVERY
    transitions = 0
    while current < len(states):
        if current == level_end:
            found.depth += 1
            level_end = len(states)
        if current >= look:
            look = current + LOOK_EVERY
            found.transitions = transitions
            found.incomplete = _limit(len(states), len(states[0]), started, limits)
            if progress is not None:
                progress(Progress(len(states), len(states) - current, found.depth))
            if found.incomplete:
                return
        state = states[current]
        before = transitions
        if not state[FINDING]:
            for pc, table, affected in cpus:
                label = state[pc] | state[pc + 1] << 8
                if not label:
                    continue
                table[label](state, emit)  # type: ignore[misc]
                if not successors:
                    continue
                transitions += len(successors)
                for successor in successors:
                    if successor not in numbers:
                        numbers[successor] = len(states)
                        for prop in affected[label]:
                            _judge(prop, successor, len(states), found)
                        states.append(successor)
                        parents.append(current)
                successors.clear()
        if transitions == before:
            finals.append(current)
        current += 1
    found.transitions = transitions


def _judge(prop: Property, state: bytes, number: int, found: Search) -> None:
    if prop.name not in found.broken and not prop.holds(state):
        found.broken[prop.name] = number


def _limit(states: int, width: int, started: float, limits: Limits) -> str:
    """Which limit is exceeded, in words; empty if none."""
    if limits.max_states is not None and states >= limits.max_states:
        return f"--max-states {limits.max_states} reached"
    memory = states * (width + 160)  # the bytes object, its dict entry, list and parent
    if limits.max_memory is not None and memory >= limits.max_memory:
        return f"--max-memory reached, at about {memory >> 20} MiB"
    if limits.seconds is not None and time.monotonic() - started >= limits.seconds:
        return f"--time {limits.seconds:g} reached"
    return ""
