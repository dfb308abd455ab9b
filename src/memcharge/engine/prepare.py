# SPDX-License-Identifier: GPL-2.0-only
"""From an edition and a scenario to a program that can be stepped."""

from __future__ import annotations

from collections.abc import Iterable

from memcharge.editions.chain import Edition
from memcharge.ir.nodes import Program
from memcharge.ir.passes import reduce
from memcharge.lang import Claim, Cpu, check_names, compile_program
from memcharge.scenarios import Scenario


def compile_scenario(edition: Edition, scenario: Scenario, reductions: Iterable[str]) -> Program:
    """Build the start state, compile every actor and property, apply the reductions.

    Raises LangError if a text is outside the language.
    """
    check_names(edition.namespace[name] for name in edition.own)
    ready = scenario.prepare(edition)
    cpus = [Cpu(one.function, one.arguments, dict(one.globals)) for one in ready.actors]
    claims = [
        Claim(prop.name, prop.meaning, prop.consequence, prop.when, prop.function)
        for prop in ready.properties
    ]
    return reduce(compile_program(ready.machine, cpus, claims), reductions)
