# SPDX-License-Identifier: GPL-2.0-only
"""Who runs the editions, from which start state, and what must hold."""

from memcharge.scenarios.actors import TASKS, meanings
from memcharge.scenarios.catalogue import STORY, catalogue, parse
from memcharge.scenarios.declared import all_of, find, properties_of
from memcharge.scenarios.properties import PROPERTIES, Property
from memcharge.scenarios.scenario import MOST_ACTORS, PageScenario, from_name
from memcharge.scenarios.shape import Actor, Prepared, Scenario, ScenarioError
from memcharge.scenarios.start import KINDS, MODIFIERS


def properties() -> tuple[Property, ...]:
    """All properties that are claimed of some scenario."""
    return PROPERTIES


__all__ = [
    "KINDS",
    "MODIFIERS",
    "MOST_ACTORS",
    "PROPERTIES",
    "STORY",
    "TASKS",
    "Actor",
    "PageScenario",
    "Prepared",
    "Property",
    "Scenario",
    "ScenarioError",
    "all_of",
    "catalogue",
    "find",
    "from_name",
    "meanings",
    "parse",
    "properties",
    "properties_of",
]
