# SPDX-License-Identifier: GPL-2.0-only
"""A scenario on an edition: the machine, who runs what on it, and what must hold."""

from __future__ import annotations

import dis
import inspect
import traceback
from collections import Counter
from dataclasses import replace
from typing import Any, Protocol

from memcharge.editions.chain import Edition, with_functions
from memcharge.kernel.struct import Struct
from memcharge.scenarios import actors, properties
from memcharge.scenarios.properties import PROPERTIES
from memcharge.scenarios.shape import Actor, Prepared, ScenarioError
from memcharge.scenarios.start import StartError, build


class Wanted(Protocol):
    """What a page scenario's name says."""

    @property
    def name(self) -> str: ...
    @property
    def actors(self) -> tuple[str, ...]: ...
    @property
    def kind(self) -> str: ...
    @property
    def modifiers(self) -> frozenset[str]: ...


def prepare_pages(edition: Edition, scenario: Wanted) -> Prepared:
    """Build the start state with the edition's own functions, and place the actors on it.

    Raises ScenarioError for a combination that cannot be.
    """
    if edition.declared is not None:
        raise ScenarioError(
            f"scenario {scenario.name!r} is about pages, and {edition.name} is a protocol of its "
            f"own; it declares {', '.join(edition.declared.scenarios)}"
        )
    _paired(scenario)
    _known(edition, scenario)
    namespace = _booted(with_functions(edition, actors), scenario)
    try:
        start = build(namespace, scenario.kind, scenario.modifiers, scenario.actors)
    except StartError as problem:
        raise ScenarioError(f"scenario {scenario.name!r}: {problem}") from problem
    except Exception as problem:
        raise ScenarioError(start_failed(scenario.name, problem)) from problem
    seen: Counter[str] = Counter()
    placed = []
    stocks = start.names.get("memcg_stocks", ())
    for cpu, name in enumerate(scenario.actors):
        function = namespace[name]
        wanted = inspect.signature(function).parameters
        arguments = tuple(_pick(scenario, start.names, one, seen[name]) for one in wanted)
        task = _pick(scenario, start.names, actors.TASKS[name], seen[name])
        own = {"current": task}
        if stocks:
            own["memcg_stock"] = stocks[cpu]
        placed.append(Actor(function, arguments, own))
        seen[name] += 1
    acting = set(scenario.actors)
    asking = _booted(with_functions(edition, properties), scenario)
    claimed = tuple(
        replace(one, function=asking[one.name]) for one in PROPERTIES if not one.unless & acting
    )
    return Prepared(start.machine, tuple(placed), claimed)


def runs_on(edition: Edition, scenario: Wanted) -> bool:
    """Whether an edition has the kernel functions that the actors call, and what is chosen."""
    return not _refused(edition, scenario) and not any(
        _missing(edition, name) for name in scenario.actors
    )


def _refused(edition: Edition, scenario: Wanted) -> str:
    """What this kernel cannot be booted with, or does not know of, if the scenario asks for it."""
    if "noswapaccount" in scenario.modifiers and not edition.namespace["counts_memsw_by_choice"]():
        return (
            "gives no choice whether memory and swap together are counted; take noswapaccount off"
        )
    if "high" in scenario.modifiers and "shmem_should_replace_page" not in edition.namespace:
        return "does not ask which zone a shmem page lies in; take high off"
    return ""


def _booted(namespace: dict[str, Any], scenario: Wanted) -> dict[str, Any]:
    """The kernel's text with what was chosen when it was booted."""
    if "noswapaccount" in scenario.modifiers:
        namespace["do_swap_account"] = 0
    return namespace


def _missing(edition: Edition, actor: str) -> list[str]:
    """Functions that the actor, or one that it calls, takes from the edition and that it lacks."""
    module = next(one for one in vars(actors).values() if actor in getattr(one, "TASKS", ()))
    own = vars(module)
    todo, seen = [actor], set[str]()
    while todo:
        name = todo.pop()
        seen.add(name)
        called = {
            one.argval
            for one in dis.get_instructions(own[name])
            if one.opname == "LOAD_GLOBAL" and one.argval not in seen
        }
        todo += [one for one in called if one in module.TASKS]
        seen |= called - set(module.TASKS)
    given = set(edition.namespace) | set(module.TASKS)
    return sorted(seen - given)


def _known(edition: Edition, scenario: Wanted) -> None:
    """ScenarioError if an actor needs what this kernel has not got."""
    refused = _refused(edition, scenario)
    if refused:
        raise ScenarioError(
            f"scenario {scenario.name!r}: {edition.name} {refused}, or check another edition"
        )
    for actor in scenario.actors:
        missing = _missing(edition, actor)
        if missing:
            raise ScenarioError(
                f"scenario {scenario.name!r}: {edition.name} has no {missing[0]}(), which the "
                f"actor {actor} calls; check another edition, or another scenario"
            )


def _paired(scenario: Wanted) -> None:
    """ScenarioError if an actor and a modifier that go together are not both there."""
    for modifier, actor in actors.ENDS.items():
        if modifier in scenario.modifiers and actor not in scenario.actors:
            raise ScenarioError(
                f"scenario {scenario.name!r}: nobody ends the {modifier}; add the actor {actor}"
            )
        if actor in scenario.actors and modifier not in scenario.modifiers:
            raise ScenarioError(
                f"scenario {scenario.name!r}: {actor} has nothing to end; add the modifier "
                f"{modifier}"
            )
    for actor, modifier in actors.NEEDS.items():
        if actor in scenario.actors and modifier not in scenario.modifiers:
            raise ScenarioError(
                f"scenario {scenario.name!r}: {actor} has nothing to do; add the modifier "
                f"{modifier}"
            )


def start_failed(name: str, problem: Exception) -> str:
    """What went wrong in the edition's own text, while it built a scenario's start state."""
    frames = traceback.extract_tb(problem.__traceback__)
    texts = [one for one in frames if "/memcharge/kernel/" not in one.filename]
    place = texts[-1]
    return (
        f"{place.filename}:{place.lineno}: in {place.name}: {type(problem).__name__}: {problem}; "
        f"the start state of scenario {name!r} is built by running the edition "
        f"on one CPU in plain Python; mend {place.name}"
    )


def _pick(scenario: Wanted, names: dict[str, Any], name: str, occurrence: int) -> Struct:
    found = names.get(name)
    if isinstance(found, list):
        found = found[occurrence] if occurrence < len(found) else None
    if not isinstance(found, Struct):
        raise ScenarioError(
            f"scenario {scenario.name!r}: a page of kind {scenario.kind} has no {name} "
            f"for actor number {occurrence + 1} of its kind; see `memcharge list`"
        )
    return found
