# SPDX-License-Identifier: GPL-2.0-only
"""The scenarios that a protocol of its own declares, and those of any edition by name."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from memcharge.editions.chain import Edition
from memcharge.editions.declared import Call
from memcharge.kernel.struct import Machine, Struct
from memcharge.scenarios.catalogue import catalogue, parse
from memcharge.scenarios.prepare import runs_on, start_failed
from memcharge.scenarios.properties import PROPERTIES, Property
from memcharge.scenarios.shape import Actor, Prepared, Scenario, ScenarioError


@dataclass(frozen=True, slots=True)
class DeclaredScenario:
    """Calls of a protocol's own functions on the objects that its start() makes."""

    name: str
    calls: tuple[Call, ...]

    @property
    def actors(self) -> tuple[str, ...]:
        """The calls as written."""
        return tuple(call.text for call in self.calls)

    @property
    def summary(self) -> str:
        """Who runs against whom."""
        return " against ".join(self.actors)

    def expected(self, _edition: str) -> str | None:
        """Nothing: a file of one's own is held to its figures by one's own tests."""
        return None

    def prepare(self, edition: Edition) -> Prepared:
        """Run start() in plain Python, then place the actors on the objects it made."""
        assert edition.declared is not None
        names = edition.namespace
        # Two files may call different structs by one name; from here on it is this file's.
        Struct.known.update({struct: names[struct] for struct in edition.declared.structs})
        machine = Machine()
        machine.globals = _Made(machine)
        try:
            with machine:
                names["start"]()
        except Exception as problem:
            raise ScenarioError(start_failed(self.name, problem)) from problem
        objects = {obj.name: obj for pool in machine.pools.values() for obj in pool}
        machine.globals = {
            name: self._object(edition, objects, name, None) for name in edition.declared.objects
        }
        actors = tuple(
            Actor(
                names[call.function],
                tuple(
                    self._object(edition, objects, one, call) if isinstance(one, str) else one
                    for one in call.arguments
                ),
            )
            for call in self.calls
        )
        return Prepared(machine, actors, properties_of(edition))

    def _object(
        self, edition: Edition, objects: Mapping[str, Struct], name: str, call: Call | None
    ) -> Struct:
        if name in objects:
            return objects[name]
        assert edition.declared is not None
        line = f":{call.line}" if call else ""
        asked = f"{call.text!r} is given" if call else f'{name} = the("{name}", ...) names'
        made = ", ".join(objects) or "none at all"
        near = difflib.get_close_matches(name, list(objects), n=1)
        hint = f"did you mean {near[0]}?" if near else f'make one there, as in Lock("{name}")'
        raise ScenarioError(
            f"{edition.declared.path}{line}: {asked} an object that start() does not make; "
            f"it makes {made}; {hint}"
        )


class _Made(dict[str, Struct]):
    """Globals while start() runs: whatever it has made so far, by its name."""

    def __init__(self, machine: Machine) -> None:
        super().__init__()
        self._machine = machine

    def get(self, name: str, default: Any = None) -> Any:
        pools = self._machine.pools.values()
        return next((obj for pool in pools for obj in pool if obj.name == name), default)


def properties_of(edition: Edition) -> tuple[Property, ...]:
    """What an edition claims: its own properties, or those that all kernels share."""
    if edition.declared is None:
        return PROPERTIES
    names = edition.namespace
    always = [Property(names[name], "always") for name in edition.declared.always]
    at_end = [Property(names[name], "at_end") for name in edition.declared.at_end]
    return (*always, *at_end)


def all_of(edition: Edition) -> Sequence[Scenario]:
    """The scenarios that an edition is checked in if none is named."""
    if edition.declared is None:
        return [one for one in catalogue() if runs_on(edition, one)]
    return [DeclaredScenario(name, calls) for name, calls in edition.declared.scenarios.items()]


def find(edition: Edition, name: str) -> Scenario:
    """A scenario of that edition by name; ScenarioError if there is none."""
    if edition.declared is None:
        return parse(name)
    found = {one.name: one for one in all_of(edition)}
    if name not in found:
        near = difflib.get_close_matches(name, list(found), n=1)
        hint = f"did you mean {near[0]}?" if near else f"it declares {', '.join(found)}"
        raise ScenarioError(f"{edition.name} has no scenario {name!r}; {hint}")
    return found[name]
