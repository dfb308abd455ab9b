# SPDX-License-Identifier: GPL-2.0-only
"""What every scenario is to those who run it, wherever it was declared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from memcharge.editions.chain import Edition
from memcharge.kernel.struct import Machine, Struct
from memcharge.scenarios.properties import Property


class ScenarioError(ValueError):
    """A name that is not that of a scenario: what is wrong with it, and what to write."""


@dataclass(frozen=True, slots=True)
class Actor:
    """One actor on its CPU: the function in the edition's namespace, and what it gets.

    `globals` are the kernel globals that are this CPU's own, as `current`.
    """

    function: Callable[..., None]
    arguments: tuple[Struct | int | None, ...]
    globals: Mapping[str, Struct] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything that an engine needs to run a scenario."""

    machine: Machine
    actors: tuple[Actor, ...]
    properties: tuple[Property, ...]


class Scenario(Protocol):
    """Who acts, from which start state."""

    @property
    def name(self) -> str: ...
    @property
    def summary(self) -> str: ...
    @property
    def actors(self) -> tuple[str, ...]: ...

    def expected(self, edition: str) -> str | None:
        """The verdict that it is known to have under an edition of that name, if it is known."""
        ...

    def prepare(self, edition: Edition) -> Prepared:
        """Build the start state and place the actors on it; ScenarioError if that cannot be."""
        ...
