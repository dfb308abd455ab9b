# SPDX-License-Identifier: GPL-2.0-only
"""Random walks, for what exceeds any memory: it finds, but it never says Never.

Walk n of a seed is always the same walk, so a witness is kept as two numbers
and walked again when it is asked for.  Some walks change the CPU often, some
seldom: most races need few switches.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from memcharge.engine.found import Limits, Progress, limit_hit
from memcharge.engine.slots import FINDING, FieldOverflow
from memcharge.engine.stepper import Property, Stepper
from memcharge.engine.witness import successors

STAY = (0.0, 0.5, 0.9, 0.98)  # how likely a walk stays with its CPU, by its number
LONGEST = 10_000  # steps of one walk
REMEMBERED = 1_000_000  # distinct states that are counted
LOOK_EVERY = 16  # walks between two looks at the clock and the limits


class Walks(Limits, Protocol):
    """How many walks of which seed, and when to stop before."""

    @property
    def seed(self) -> int: ...
    @property
    def walks(self) -> int: ...


@dataclass(frozen=True, slots=True, order=True)
class Reached:
    """A state by the walk that reached it: after how many steps, in which walk."""

    steps: int
    walk: int
    state: bytes


@dataclass(slots=True)
class Simulation:
    """What the walks found; see `found.Search` for the meaning.

    `count` is the number of distinct states, at least.  `spared` are the
    properties of every state that some walk kept to its end, `clean` the ends
    of walks that kept them all.
    """

    stepper: Stepper
    seed: int
    walks: int = 0
    transitions: int = 0
    depth: int = 0
    incomplete: str = ""
    spared: set[str] = field(default_factory=set)
    clean: set[bytes] = field(default_factory=set)
    _seen: set[bytes] = field(default_factory=set)
    _ends: dict[bytes, Reached] = field(default_factory=dict)
    _first: dict[str, Reached] = field(default_factory=dict)
    _numbered: list[Reached] = field(default_factory=list)
    _numbers: dict[Reached, int] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return len(self._seen)

    @property
    def finals(self) -> list[int]:
        return sorted(self._numbers[one] for one in self._ends.values())

    @property
    def broken(self) -> dict[str, int]:
        return {name: self._numbers[one] for name, one in self._first.items()}

    def state(self, number: int) -> bytes:
        return self._numbered[number].state

    def path(self, number: int) -> list[bytes]:
        """The states of the walk that reached a state, walked once more."""
        reached = self._numbered[number]
        path = [self.stepper.start]
        for _, _, state in walk(self.stepper, self.seed, reached.walk):
            if len(path) > reached.steps:
                break
            path.append(state)
        return path[: reached.steps + 1]

    def number(self) -> None:
        """Number what was reached, nearest first."""
        self._numbered = sorted({*self._ends.values(), *self._first.values()})
        self._numbers = {one: number for number, one in enumerate(self._numbered)}

    def make(self, number: int) -> None:
        """Make one walk, and judge it."""
        stepper = self.stepper
        always = [one for one in stepper.properties if one.when == "always"]
        broken = {one.name for one in always if not one.holds(stepper.start)}
        for name in broken:
            self._first.setdefault(name, Reached(0, number, stepper.start))
        state, steps = stepper.start, 0
        for cpu, label, state in walk(stepper, self.seed, number):
            steps += 1
            if state not in self._seen and len(self._seen) < REMEMBERED:
                self._seen.add(state)
            for prop in stepper.affected[cpu][label]:
                self._judge(prop, Reached(steps, number, state), broken)
        self.walks += 1
        self.transitions += steps
        self.depth = max(self.depth, steps)
        if steps == LONGEST:
            return
        end = Reached(steps, number, state)
        self._ends[state] = min(self._ends.get(state, end), end)
        self.spared |= {one.name for one in always} - broken
        if not broken:
            self.clean.add(state)

    def _judge(self, prop: Property, here: Reached, broken: set[str]) -> None:
        if prop.name not in broken and not prop.holds(here.state):
            broken.add(prop.name)
            self._first[prop.name] = min(self._first.get(prop.name, here), here)


def search(
    stepper: Stepper, limits: Walks, progress: Callable[[Progress], None] | None = None
) -> Simulation:
    """Walk as often as asked, or until a limit; always incomplete.

    Raises FieldOverflow if a value does not fit its field.
    """
    found = Simulation(stepper, limits.seed)
    found._seen.add(stepper.start)  # noqa: SLF001 - its own module
    why = ""
    started = time.monotonic()
    try:
        while found.walks < limits.walks and not why:
            found.make(found.walks)
            if found.walks % LOOK_EVERY == 0:
                why = limit_hit(found.count, len(stepper.start), started, limits)
                if progress is not None:
                    progress(Progress(found.count, limits.walks - found.walks, found.depth))
    except KeyboardInterrupt:
        why = "interrupted"
    except ValueError as problem:
        raise FieldOverflow(f"a local does not fit 8 bits ({problem})") from problem
    found.number()
    found.incomplete = why or f"{found.walks:,} random walks with seed {found.seed}"
    return found


def walk(stepper: Stepper, seed: int, number: int) -> Iterator[tuple[int, int, bytes]]:
    """One walk, the same for the same numbers: each step's CPU, its label and the state after."""
    chance = random.Random(f"{seed} {number}")  # noqa: S311 - it must be repeatable, not secret
    stay = STAY[number % len(STAY)]
    cpus = [*range(len(stepper.tables))]
    state, last = stepper.start, chance.choice(cpus)
    for _ in range(LONGEST):
        if state[FINDING]:
            return
        order = [last] if chance.random() < stay else []
        order += chance.sample(cpus, len(cpus))
        for cpu in order:
            options = successors(stepper, state, cpu)
            if options:
                break
        else:
            return
        label = stepper.label(state, cpu)
        last, state = cpu, options[0] if len(options) == 1 else chance.choice(options)
        yield cpu, label, state
