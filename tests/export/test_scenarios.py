# SPDX-License-Identifier: GPL-2.0-only
"""Scenarios as Promela: SPIN comes to our counts, each edition and each kind of page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from memcharge.editions.chain import known, load
from memcharge.engine import Options
from memcharge.engine.explore import explore
from memcharge.engine.prepare import compile_scenario
from memcharge.engine.stepper import make_stepper
from memcharge.ir.promela import promela_text
from memcharge.scenarios import all_of, parse
from memcharge.scenarios.scenario import pins
from tests.repo.tree import ROOT
from tests.support.explored import FINE
from tests.support.spin import needs_spin, spin

SOON = [("v2_6_34", "migrate+munmap@file"), ("mm_2010_05_07", "migrate+hold@anon")]
MOST_STATES = 20_000  # the C that SPIN writes for what has more takes minutes to compile
EVERY = 7


def cases() -> Iterator[tuple[str, str]]:
    """One scenario in so many that is not large, under one edition: the editions in turn."""
    editions = known()
    for number, scenario in enumerate(all_of(load("v2_6_34"))):
        edition = editions[number % len(editions)]
        pin = pins(edition).get(scenario.name)
        if pin is not None and pin["states"] <= MOST_STATES and number % EVERY == 0:
            yield edition, scenario.name


def assert_same(folder: Path, edition: str, scenario: str, reductions: tuple[str, ...]) -> None:
    program = compile_scenario(load(edition), parse(scenario), reductions)
    stepper = make_stepper(program)
    found, _ = explore(stepper, Options(), None)
    unfinished = [n for n in found.finals if not stepper.done(found.state(n))]
    counts = spin(folder, promela_text(program))
    assert counts.complete
    assert (counts.states, counts.transitions) == (found.count, found.transitions + 1)
    assert counts.errors == len(unfinished)


def test_the_document_shows_the_figures_of_its_scenario() -> None:
    text = (ROOT / "docs" / "promela.md").read_text("utf-8")
    shown = [int(found) for found in re.findall(r"(\d+) (?:states, stored|transitions)", text)]
    program = compile_scenario(load("v2_6_34"), parse("migrate+munmap@file"), FINE)
    found, _ = explore(make_stepper(program), Options(), None)
    assert shown == [found.count, found.transitions + 1]


@needs_spin
@pytest.mark.parametrize(("edition", "scenario"), SOON)
def test_spin_counts_a_scenario_alike(tmp_path: Path, edition: str, scenario: str) -> None:
    assert_same(tmp_path, edition, scenario, FINE)


@needs_spin
@pytest.mark.long
@pytest.mark.parametrize(("edition", "scenario"), [*cases()])
def test_spin_counts_every_scenario_alike(tmp_path: Path, edition: str, scenario: str) -> None:
    assert_same(tmp_path, edition, scenario, FINE)


@needs_spin
@pytest.mark.long
@pytest.mark.parametrize("reductions", [(), ("dead",), ("private",), ("constants", "dead")])
@pytest.mark.parametrize("scenario", ["migrate@file", "munmap+truncate@file"])
def test_spin_counts_every_reduction_alike(
    tmp_path: Path, scenario: str, reductions: tuple[str, ...]
) -> None:
    assert_same(tmp_path, "v2_6_34", scenario, reductions)
