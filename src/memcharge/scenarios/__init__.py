# SPDX-License-Identifier: GPL-2.0-only
"""Who runs the editions, from which start state, and what must hold."""

from memcharge.scenarios.catalogue import STORY, catalogue, parse
from memcharge.scenarios.declared import all_of, find, properties_of
from memcharge.scenarios.properties import PROPERTIES, Property
from memcharge.scenarios.scenario import PageScenario
from memcharge.scenarios.shape import Actor, Prepared, Scenario, ScenarioError


def properties() -> tuple[Property, ...]:
    """All properties that are claimed of some scenario."""
    return PROPERTIES


__all__ = [
    "PROPERTIES",
    "STORY",
    "Actor",
    "PageScenario",
    "Prepared",
    "Property",
    "Scenario",
    "ScenarioError",
    "all_of",
    "catalogue",
    "find",
    "parse",
    "properties",
    "properties_of",
]
