# SPDX-License-Identifier: GPL-2.0-only
"""A scenario on an edition: the machine, who runs what on it, and what must hold."""

from __future__ import annotations

import inspect
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from memcharge.editions.chain import Edition, with_functions
from memcharge.kernel.struct import Machine, Struct
from memcharge.scenarios import actors
from memcharge.scenarios.properties import PROPERTIES, Property
from memcharge.scenarios.scenario import Scenario, ScenarioError
from memcharge.scenarios.start import StartError, build


@dataclass(frozen=True, slots=True)
class Actor:
    """One actor on its CPU: the function in the edition's namespace, what it gets, its task."""

    function: Callable[..., None]
    arguments: tuple[Struct, ...]
    task: Struct


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything that an engine needs to run a scenario."""

    machine: Machine
    actors: tuple[Actor, ...]
    properties: tuple[Property, ...]


def prepare(edition: Edition, scenario: Scenario) -> Prepared:
    """Build the start state with the edition's own functions, and place the actors on it.

    Raises ScenarioError for a combination that cannot be.
    """
    namespace = with_functions(edition, actors)
    try:
        start = build(namespace, scenario.kind, scenario.modifiers)
    except StartError as problem:
        raise ScenarioError(f"scenario {scenario.name!r}: {problem}") from problem
    except Exception as problem:
        raise ScenarioError(_failed(scenario, problem)) from problem
    seen: Counter[str] = Counter()
    placed = []
    for name in scenario.actors:
        function = namespace[name]
        wanted = inspect.signature(function).parameters
        arguments = tuple(_pick(scenario, start.names, one, seen[name]) for one in wanted)
        task = _pick(scenario, start.names, actors.TASKS[name], seen[name])
        placed.append(Actor(function, arguments, task))
        seen[name] += 1
    acting = set(scenario.actors)
    claimed = tuple(one for one in PROPERTIES if not one.unless & acting)
    return Prepared(start.machine, tuple(placed), claimed)


def _failed(scenario: Scenario, problem: Exception) -> str:
    """What went wrong in the edition's own text, while it built the start state."""
    frames = traceback.extract_tb(problem.__traceback__)
    texts = [one for one in frames if "/memcharge/kernel/" not in one.filename]
    place = texts[-1]
    return (
        f"{place.filename}:{place.lineno}: in {place.name}: {type(problem).__name__}: {problem}; "
        f"the start state of scenario {scenario.name!r} is built by running the edition "
        f"on one CPU in plain Python; mend {place.name}"
    )


def _pick(scenario: Scenario, names: dict[str, Any], name: str, occurrence: int) -> Struct:
    found = names.get(name)
    if isinstance(found, list):
        found = found[occurrence] if occurrence < len(found) else None
    if not isinstance(found, Struct):
        raise ScenarioError(
            f"scenario {scenario.name!r}: a page of kind {scenario.kind} has no {name} "
            f"for actor number {occurrence + 1} of its kind; see `memcharge list`"
        )
    return found
