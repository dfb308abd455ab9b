# SPDX-License-Identifier: GPL-2.0-only
"""What the searches of the interpreter share: what they find, their limits, how they are kept."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from memcharge.engine.saved import Keeper, Kept, Saved
from memcharge.engine.slots import FieldOverflow
from memcharge.engine.stepper import Property, Stepper

OVERHEAD = 160  # bytes a state costs besides its own: the object, its dict entry, list and parent
LOOK_EVERY = 2048  # states expanded between two looks at the clock and the limits
CHUNK = 1 << 14  # states written at a time


class Unfinished(Exception):
    """Whether something that is broken can be avoided was not found out; the message says why."""


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
class Sure:
    """Where a search can go back to: its figures at one moment between two steps."""

    states: int = 1
    finals: int = 0
    transitions: int = 0
    current: int = 0
    depth: int = 0
    level_end: int = 1
    stack: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Search:
    """What a search found.

    `states` are in order of distance; `parents[i]` is the number of the state
    from which state i was first reached.  `finals` are the states in which no
    CPU can step; `broken` maps an always-property to the nearest state that
    breaks it.  `incomplete` is empty, or says which limit was hit.

    `current` states are expanded, the first of the next level is `level_end`;
    depth first those on the `stack` are not.
    A search that is interrupted halfway through a step goes back to what
    `sure` holds, its figures when it last looked.
    """

    states: list[bytes]
    parents: array[int]
    transitions: int = 0
    depth: int = 0
    finals: list[int] = field(default_factory=list)
    broken: dict[str, int] = field(default_factory=dict)
    incomplete: str = ""
    current: int = 0
    level_end: int = 1
    stack: list[int] = field(default_factory=list)
    sure: Sure = field(default_factory=Sure)

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


def begin(stepper: Stepper, limits: Limits, keeper: Keeper | None) -> Search:
    """A search at the start state, or as it was kept."""
    if keeper is not None and keeper.resumed is not None:
        return restored(stepper, keeper.resumed, limits)
    found = Search([stepper.start], array("q", [0]))
    for prop in stepper.properties:
        if prop.when == "always" and not prop.holds(stepper.start):
            found.broken[prop.name] = 0
    return found


def cpu_tables(stepper: Stepper) -> list[tuple[int, Any, Any]]:
    """For each CPU where its label lies, its step functions, and what each of them affects."""
    return [
        (slots.pc, table, affected)
        for slots, table, affected in zip(
            stepper.slots.cpus, stepper.tables, stepper.affected, strict=True
        )
    ]


def look_around(found: Search, transitions: int, current: int) -> None:
    """Note the figures between two steps; the search can go back to them."""
    found.sure = Sure(
        len(found.states),
        len(found.finals),
        transitions,
        current,
        found.depth,
        found.level_end,
        [*found.stack],
    )
    found.transitions, found.current = transitions, current


def go_back(found: Search) -> None:
    """To where the search last looked around."""
    sure = found.sure
    del found.states[sure.states :], found.parents[sure.states :], found.finals[sure.finals :]
    found.transitions, found.current = sure.transitions, sure.current
    found.depth, found.level_end = sure.depth, sure.level_end
    found.stack[:] = sure.stack
    found.broken = {name: at for name, at in found.broken.items() if at < sure.states}


@contextmanager
def stopping_well(found: Search) -> Iterator[None]:
    """Let ^C end a search where it last looked around, and say what does not fit."""
    try:
        yield
    except KeyboardInterrupt:
        go_back(found)
        found.incomplete = "interrupted"
    except ValueError as problem:
        raise FieldOverflow(f"a local does not fit 8 bits ({problem})") from problem


class Watch:
    """Looks at the limits every now and then, tells of progress and lets the keeper keep."""

    def __init__(
        self,
        stepper: Stepper,
        found: Search,
        limits: Limits,
        progress: Callable[[Progress], None] | None,
        keeper: Keeper | None,
    ) -> None:
        self.stepper, self.found, self.limits = stepper, found, limits
        self.progress, self.keeper = progress, keeper
        self.started = time.monotonic()
        self.due = found.current or LOOK_EVERY  # one that goes on looks at its limits first

    def stops(self, transitions: int, current: int, queue: int) -> bool:
        """Whether a limit ends the search, between two steps; asked when `current` is `due`."""
        found = self.found
        self.due = current + LOOK_EVERY
        look_around(found, transitions, current)
        states = len(found.states)
        found.incomplete = limit_hit(states, len(found.states[0]), self.started, self.limits)
        if self.progress is not None:
            self.progress(Progress(states, queue, found.depth))
        if not found.incomplete and self.keeper is not None and self.keeper.due():
            self.keeper.keep(saved(self.stepper, found, self.limits))
        return bool(found.incomplete)


def judge(prop: Property, state: bytes, number: int, found: Search) -> None:
    """Note the first state that breaks a property."""
    if prop.name not in found.broken and not prop.holds(state):
        found.broken[prop.name] = number


def limit_hit(states: int, width: int, started: float, limits: Limits) -> str:
    """Which limit is exceeded, in words; empty if none."""
    if limits.max_states is not None and states >= limits.max_states:
        return f"--max-states {limits.max_states} reached"
    memory = states * (width + OVERHEAD)
    if limits.max_memory is not None and memory >= limits.max_memory:
        return f"--max-memory reached, at about {memory >> 20} MiB"
    if limits.seconds is not None and time.monotonic() - started >= limits.seconds:
        return f"--time {limits.seconds:g} reached"
    return ""


def saved(stepper: Stepper, found: Search, limits: Limits) -> Saved:
    """A search between two steps, as it goes to a checkpoint."""
    states, count = found.states, len(found.states)
    figures = {
        "count": count,
        "width": len(states[0]),
        "transitions": found.transitions,
        "depth": found.depth,
        "current": found.current,
        "level_end": found.level_end,
        "finals": len(found.finals),
        "stack": len(found.stack),
        "broken": found.broken,
        "room": limits.max_memory,
    }

    def parts() -> Iterator[bytes]:
        for first in range(0, count, CHUNK):
            yield b"".join(states[first : first + CHUNK])

    def whole(numbers: list[int]) -> tuple[int, Any]:
        return 8 * len(numbers), lambda: [array("q", numbers).tobytes()]

    marks = b"".join(stepper.reached)
    return Saved(
        "interp",
        figures,
        {
            "states": (count * len(states[0]), parts),
            "parents": (8 * count, lambda: [found.parents.tobytes()]),
            "finals": whole(found.finals),
            "stack": whole(found.stack),
            "marks": (len(marks), lambda: [marks]),
        },
    )


def restored(stepper: Stepper, kept: Kept, limits: Limits) -> Search:
    """A search as it was kept; CheckpointError if there is too little memory for it."""
    figures = kept.figures
    count, width = figures["count"], figures["width"]
    needed, room = count * (width + OVERHEAD), limits.max_memory
    if room is not None and needed > room and (figures["room"] or room + 1) > room:
        raise kept.too_large(needed, room, "--max-memory")
    data = kept.read("states", count * width)
    found = Search([data[at : at + width] for at in range(0, count * width, width)], array("q"))
    found.parents.frombytes(kept.read("parents", 8 * count))
    for name, numbers in (("finals", found.finals), ("stack", found.stack)):
        numbers.extend(array("q", kept.read(name, 8 * figures[name])))
    found.broken = dict(figures["broken"])
    found.depth, found.level_end = figures["depth"], figures["level_end"]
    marks = kept.read("marks", sum(len(one) for one in stepper.reached))
    for one in stepper.reached:
        one[:], marks = marks[: len(one)], marks[len(one) :]
    look_around(found, figures["transitions"], figures["current"])
    return found
