# SPDX-License-Identifier: GPL-2.0-only
"""Workers that are Ray actors, here or on other machines; states travel as packed arrays.

A worker's outgoing states are objects of Ray: they go from the worker that
made them to the one that takes them in, not through this process.
"""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Callable
from functools import cache
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any, NoReturn
from weakref import finalize

from memcharge.engine.native.memory import free_memory
from memcharge.engine.native.steps import Steps
from memcharge.engine.parallel.crew import Crew
from memcharge.engine.parallel.part import Model, Order, Part, Report
from memcharge.engine.workers import MOST, WorkerLost, Workers, WorkersError

BOX = 1 << 18  # states that a worker may hand over in a round
PATIENCE = 120.0  # seconds until all workers must have started
PACKAGE = Path(__file__).parents[2]


class Member:
    """What runs in an actor: one worker's parts of the searches under way, by their numbers."""

    def __init__(self) -> None:
        self._parts: dict[int, Part] = {}
        self._steps: dict[int, Steps] = {}

    def place(self) -> tuple[str, int]:
        """The machine that this runs on, and its free memory in bytes."""
        ray = import_module("ray")
        return str(ray.get_runtime_context().get_node_id()), free_memory()

    def begin(self, search: int, model: Model, *shape: int) -> Report:
        """Take part in a search; `shape` is as `Part` has it."""
        part = self._parts[search] = Part(model, *shape)
        self._steps[search] = Steps(model.texts, part.call)
        return part.report()

    def round(self, search: int, order: Order, *came: Any) -> tuple[Any, ...]:
        """One round: the report, and what there is for each worker."""
        part, steps = self._parts[search], self._steps[search]
        steps.install()
        report = part.round(order, list(came))
        steps.spent(report.seconds)
        return (report, *(part.mail(worker) for worker in range(part.workers)))

    def ask(self, search: int, what: str, *arguments: Any) -> Any:
        return getattr(self._parts[search], what)(*arguments)

    def enough(self, search: int) -> None:
        self._steps[search].enough()

    def forget(self, search: int) -> None:
        del self._parts[search], self._steps[search]


class Team:
    """Actors that outlive one search, for they take seconds to start."""

    def __init__(self, wanted: Workers) -> None:
        """Start Ray, or find it; WorkersError if that cannot be."""
        self.ray = _started(wanted)
        number = min(wanted.number or int(self.ray.cluster_resources().get("CPU", 1)), MOST)
        self.where = f"Ray workers at {wanted.address}" if wanted.address else "Ray workers"
        self.searches = count()
        actor = self.ray.remote(num_cpus=0, scheduling_strategy="SPREAD")(Member)
        self.members = [actor.remote() for _ in range(number)]
        try:
            places = self.ray.get([one.place.remote() for one in self.members], timeout=PATIENCE)
        except self.ray.exceptions.RayError as error:
            raise WorkersError(f"Ray did not start {number} workers: {_line(error)}") from None
        together = Counter(node for node, _ in places)
        self.room = [free // together[node] for node, free in places]

    def get(self, references: list[Any]) -> list[Any]:
        """The values of some objects, one of each worker; WorkerLost if one is gone."""
        return [self._value(number, one) for number, one in enumerate(references)]

    def _value(self, worker: int, reference: Any) -> Any:
        errors = self.ray.exceptions
        try:
            return self.ray.get(reference)
        except errors.RayTaskError as error:
            if not isinstance(error.cause, errors.RayError):
                raise  # it failed where it ran, and would here
            self._lost(worker, error.cause)
        except errors.RayError as error:
            self._lost(worker, error)

    def _lost(self, worker: int, error: Exception) -> NoReturn:
        team.cache_clear()  # the next search has another
        raise WorkerLost(f"Ray worker {worker} of {len(self.members)} was lost: {_line(error)}")


@cache
def team(wanted: Workers) -> Team:
    """The one team of this process."""
    return Team(wanted)


class RayCrew:
    """A team in one search."""

    elsewhere = True

    def __init__(self, team: Team, model: Model, memory: int | None, share: float) -> None:
        """Begin within so many bytes together, or that share of what is free on each machine."""
        self._team, self._search = team, next(team.searches)
        self._mail: list[list[Any]] = [[] for _ in team.members]
        whole = team.ray.put(model)
        number = len(team.members)
        rooms = [memory // number if memory else int(one * share) for one in team.room]
        self._each(
            lambda worker, member: member.begin.remote(
                self._search, whole, worker, number, rooms[worker], BOX
            )
        )
        finalize(self, _forget, team, self._search).atexit = False

    def _each(self, call: Callable[[int, Any], Any]) -> list[Any]:
        return self._team.get([call(n, member) for n, member in enumerate(self._team.members)])

    @property
    def workers(self) -> int:
        return len(self._team.members)

    @property
    def where(self) -> str:
        return self._team.where

    def round(self, order: Order) -> list[Report]:
        calls = [
            member.round.options(num_returns=self.workers + 1).remote(
                self._search, order, *(mail[worker] for mail in self._mail if mail)
            )
            for worker, member in enumerate(self._team.members)
        ]
        self._mail = [rest for _, *rest in calls]
        return self._team.get([report for report, *_ in calls])

    def ask(self, worker: int, what: str, *arguments: Any) -> Any:
        reference = self._team.members[worker].ask.remote(self._search, what, *arguments)
        return self._team.get([reference])[0]

    def enough(self) -> None:
        for member in self._team.members:
            member.enough.remote(self._search)


def _forget(team: Team, search: int) -> None:
    if team.ray.is_initialized():
        for member in team.members:
            member.forget.remote(search)


def recruit(wanted: Workers, memory: int | None, share: float) -> Callable[[Model], Crew]:
    """What makes a crew of Ray workers for a search; WorkersError if there can be none."""
    whole = team(wanted)
    return lambda model: RayCrew(whole, model, memory, share)


def _started(wanted: Workers) -> Any:
    """The module `ray`, connected."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    ray = import_module("ray")  # an extra, and heavy
    if ray.is_initialized():
        return ray  # since a team that was lost
    quiet: dict[str, Any] = {"logging_level": logging.ERROR, "log_to_driver": False}
    try:
        if wanted.address:
            modules = {"py_modules": [str(PACKAGE)]}
            ray.init(wanted.address, runtime_env=modules, **quiet)
        else:
            path = {"env_vars": {"PYTHONPATH": os.pathsep.join(_path())}}
            ray.init("local", include_dashboard=False, runtime_env=path, **quiet)
    except (ConnectionError, OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
        at = wanted.address or "on this machine"
        raise WorkersError(f"no Ray {at}: {_line(error)}") from None
    return ray


def _path() -> list[str]:
    """Where the workers find this package."""
    return [str(PACKAGE.parent), *filter(None, [os.environ.get("PYTHONPATH")])]


def _line(error: Exception) -> str:
    """What an error says first."""
    return str(error).strip().partition("\n")[0].rstrip(".") or type(error).__name__
