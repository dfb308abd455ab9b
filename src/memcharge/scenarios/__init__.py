# SPDX-License-Identifier: GPL-2.0-only
"""Who runs the editions, from which start state, and what must hold."""

from memcharge.scenarios.catalogue import STORY, catalogue, parse
from memcharge.scenarios.prepare import Actor, Prepared, prepare
from memcharge.scenarios.properties import PROPERTIES, Property
from memcharge.scenarios.scenario import Scenario, ScenarioError


def properties() -> tuple[Property, ...]:
    """All properties that are claimed of some scenario."""
    return PROPERTIES


__all__ = [
    "PROPERTIES",
    "STORY",
    "Actor",
    "Prepared",
    "Property",
    "Scenario",
    "ScenarioError",
    "catalogue",
    "parse",
    "prepare",
    "properties",
]
