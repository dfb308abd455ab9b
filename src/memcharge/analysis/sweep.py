# SPDX-License-Identifier: GPL-2.0-only
"""Every combination of actors, page kinds and start states, so that bugs nobody named are found."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations, combinations_with_replacement

from memcharge.editions.chain import Edition
from memcharge.engine import Options, compile_scenario
from memcharge.ir.digest import essence
from memcharge.ir.nodes import Program
from memcharge.scenarios import KINDS, MODIFIERS, TASKS, PageScenario, Scenario, ScenarioError
from memcharge.trace import Broken, Result


@dataclass(frozen=True, slots=True)
class Width:
    """How many actors act at most, and how many modifiers a start state has at most."""

    actors: int
    modifiers: int

    def scenarios(self) -> Iterator[PageScenario]:
        """All combinations, those with fewer actors and modifiers first.

        The order of the actors does not matter, so each set of them comes once.
        """
        for count in range(1, self.actors + 1):
            for more in range(self.modifiers + 1):
                for actors in combinations_with_replacement(sorted(TASKS), count):
                    for kind in KINDS:
                        for modifiers in combinations(sorted(MODIFIERS), more):
                            yield PageScenario(actors, kind, frozenset(modifiers))


class Sweep:
    """What a sweep leaves out, and how it keeps the rest small.

    It lets a combination through if there can be such a one, and it does not
    compile to the same program as another, as with a modifier that nobody
    looks at.  For each cause it keeps the shortest witness whole, of the
    others only the schedule.  `cpu_seconds` is what letting through has taken.
    """

    def __init__(self, width: Width, options: Options, seconds: float | None) -> None:
        self._width, self._options = width, options
        self._until = None if seconds is None else time.monotonic() + seconds
        self._seconds = seconds
        self._impossible = self._alike = 0
        self.cpu_seconds = 0.0
        self._seen: set[str] = set()
        self._least: dict[tuple[str, ...], tuple[int, int, int]] = {}

    def left(self) -> str:
        """Why no further search is begun, "" if one may be."""
        over = self._until is not None and time.monotonic() >= self._until
        return f"not started: --budget {self._seconds:g} reached" if over else ""

    def admit(self, edition: Edition, scenario: Scenario) -> Program | None:
        """The compiled program, or None if it is not to be explored."""
        before = time.process_time()
        try:
            return self._new(compile_scenario(edition, scenario, self._options.reduce))
        except ScenarioError:
            self._impossible += 1
            return None
        finally:
            self.cpu_seconds += time.process_time() - before

    def _new(self, program: Program) -> Program | None:
        """The program, or None if there was one like it."""
        found = essence(program)
        if found in self._seen:
            self._alike += 1
            return None
        self._seen.add(found)
        return program

    def keep(self, result: Result) -> Result:
        """The result, without the traces of what was seen before in as little."""
        return replace(result, broken=tuple(self._kept(one, result) for one in result.broken))

    def _kept(self, broken: Broken, result: Result) -> Broken:
        key = broken.property, *broken.cause
        effort = len(result.cpus), broken.switches, broken.steps
        if key in self._least and self._least[key] <= effort:
            return replace(broken, trace=(), observed={}, reads=())
        self._least[key] = effort
        return broken

    def swept(self) -> dict[str, int]:
        """How wide the sweep was, and what it left out."""
        return {
            "actors": self._width.actors,
            "modifiers": self._width.modifiers,
            "impossible": self._impossible,
            "alike": self._alike,
        }
