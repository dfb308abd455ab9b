# SPDX-License-Identifier: GPL-2.0-only
"""What the engine finds about a program, in words that another explorer can also use."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from itertools import combinations

from memcharge.engine import REDUCTIONS, Options
from memcharge.engine.bfs import Search, search
from memcharge.engine.slots import ENDINGS, FINDING, WARNED
from memcharge.engine.stepper import Stepper, make_stepper
from memcharge.engine.verdict import Breach, breaches
from memcharge.engine.witness import successors
from memcharge.ir.layout import FREED
from memcharge.ir.nodes import Program

# All that leave every field there to be compared; tests/ir/test_slicing.py has the other.
ALL = tuple(one for one in REDUCTIONS if one != "slice")
FINE = ("constants", "private", "dead")  # with which every access still is a step of its own
SUBSETS = [frozenset(some) for size in range(4) for some in combinations(FINE, size)]


@dataclass(frozen=True, order=True)
class Outcome:
    """How a run ends: `done`, `deadlock` or a finding, a warning given, and every field's value."""

    how: str
    warned: bool
    values: tuple[tuple[str, int], ...]

    def value(self, place: str) -> int:
        return dict(self.values)[place]


@dataclass(frozen=True)
class Explored:
    """A finished search and what it means."""

    stepper: Stepper
    found: Search
    breaches: tuple[Breach, ...]
    outcomes: frozenset[Outcome]

    @property
    def broken(self) -> dict[str, str]:
        """What is broken, with its verdict."""
        return {breach.name: breach.verdict for breach in self.breaches}

    @property
    def counts(self) -> tuple[int, int, int]:
        """States, transitions, final states."""
        return len(self.found.states), self.found.transitions, len(self.found.finals)

    def values(self, place: str) -> set[int]:
        """The values that a place has at the ends of runs."""
        return {outcome.value(place) for outcome in self.outcomes}


def explored(program: Program) -> Explored:
    """Explore a program to the end."""
    stepper = make_stepper(program)
    found = search(stepper, Options())
    assert not found.incomplete
    outcomes = frozenset(outcome(stepper, found.states[number]) for number in found.finals)
    return Explored(stepper, found, tuple(breaches(stepper, found, "interp")), outcomes)


def outcome(stepper: Stepper, state: bytes) -> Outcome:
    """A state from which nobody steps, as an outcome."""
    how = ENDINGS[state[FINDING]] or ("done" if stepper.done(state) else "deadlock")
    return Outcome(how, bool(state[WARNED]), tuple(sorted(values(stepper, state).items())))


def values(stepper: Stepper, state: bytes) -> dict[str, int]:
    """Every field of every object in a state, those that the passes took out included."""
    layout, slots = stepper.program.layout, stepper.slots.fields
    found = {}
    for key, info in layout.fields.items():
        for number, start in enumerate(layout.start[key]):
            for index, constant in enumerate(start):
                name = layout.place_name(key, number + 1, index if info.length else None)
                row = slots[key][number] if key in slots else None
                found[name] = state[row[index]] + min(info.lowest, 0) if row else constant
    for struct in layout.freeable:
        for name, row in zip(layout.pools[struct], slots[struct, FREED], strict=True):
            found[f"{name} {FREED}"] = state[row[0]]
    return found


def complete(outcomes: Iterable[Outcome], gone: Collection[str] = ()) -> set[Outcome]:
    """Outcomes of complete runs, without the fields that are gone.

    A finding ends the run within the step of the read before it, so other CPUs
    may have come less far by then.  And where nothing is ever freed, only some
    programs still say so of an object.
    """
    return {
        replace(
            one,
            values=tuple(
                (place, value)
                for place, value in one.values
                if _field(place) not in gone and (value or FREED not in place)
            ),
        )
        for one in outcomes
        if one.how not in ENDINGS[1:]
    }


def _field(place: str) -> str:
    return place.partition(".")[2].partition("[")[0]


def ends(stepper: Stepper, state: bytes) -> bool:
    """Whether nobody can step."""
    return not any(successors(stepper, state, cpu) for cpu in range(len(stepper.tables)))
