# SPDX-License-Identifier: GPL-2.0-only
"""What is found when interchangeable states count once is what is found without."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings

from memcharge.editions.chain import load
from memcharge.engine import DEFAULT_REDUCTIONS, Options, check, replay
from memcharge.engine.bfs import search
from memcharge.engine.check import _witness
from memcharge.engine.dfs import search as depth_first
from memcharge.engine.prepare import compile_scenario
from memcharge.engine.schedules import count_schedules
from memcharge.engine.stepper import make_stepper
from memcharge.engine.witness import follow
from memcharge.ir.nodes import Program
from memcharge.ir.passes import REDUCTIONS
from memcharge.scenarios import find, parse
from memcharge.trace import parse_schedule
from tests.engine.test_native import assert_same
from tests.repo.tree import ROOT
from tests.support.explored import FINE, explored
from tests.support.small import small
from tests.support.twins import twins

MOST_STATES = 4000

derandomised = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("programs")


def assert_orbits(whole: Program, symmetric: Program) -> bool:
    """Each orbit is found once and no other, with what its states break; whether there is any."""
    full = explored(whole)
    once = explored(symmetric)
    assert once.broken == full.broken
    canonical = once.stepper.canonical
    if canonical is None:
        assert once.found.states == full.found.states
        return False
    assert len(set(once.found.states)) == len(once.found.states)
    assert {canonical(state) for state in full.found.states} == set(once.found.states)
    ends = {canonical(full.found.states[number]) for number in full.found.finals}
    assert ends == {once.found.states[number] for number in once.found.finals}
    assert once.found.depth == full.found.depth
    far = {one.name: len(full.found.path(one.state)) - 1 for one in full.breaches}
    assert far == {one.name: len(once.found.path(one.state)) - 1 for one in once.breaches}
    for breach in once.breaches:
        schedule = _witness(once.stepper, once.found, breach)
        assert breach.shows(follow(full.stepper, schedule)[-1])
        steps = far[breach.name]
        assert len(schedule) == steps or (breach.name == "warn_on" and len(schedule) < steps)
    assert count_schedules(once.stepper) == count_schedules(full.stepper)
    deep = depth_first(make_stepper(symmetric), Options())
    assert set(deep.states) == set(once.found.states)
    assert set(deep.broken) == set(once.found.broken)
    return True


def agree(folder: Path, text: str) -> bool:
    program = small(folder, text)
    whole = program.reduced(FINE)
    assume(not search(make_stepper(whole), Options(max_states=MOST_STATES)).incomplete)
    symmetric = program.reduced({*FINE, "symmetry"})
    assert_same(symmetric)
    assert_same(program.reduced(REDUCTIONS))
    return assert_orbits(whole, symmetric)


def test_random_twins_agree(folder: Path) -> None:
    found = []

    @settings(derandomised, max_examples=40)
    @given(text=twins())
    def run(text: str) -> None:
        found.append(agree(folder, text))

    run()
    assert sum(found) > len(found) // 2, "hardly any of them is symmetric"


@pytest.mark.long
@settings(derandomised, derandomize=False, max_examples=3000)
@given(text=twins())
def test_thousands_of_random_twins_agree(folder: Path, text: str) -> None:
    agree(folder, text)


@pytest.mark.parametrize(
    "scenario",
    [
        "munmap+munmap@anon,shared",
        "fault+fault@file,unmapped",
        "munmap+munmap+munmap@file,shared,three",
        "migrate@file,shared",
        "munmap+munmap+truncate@file,shared",
    ],
)
def test_mappers_are_interchangeable(scenario: str) -> None:
    edition = load("v2_6_34")
    whole = compile_scenario(edition, parse(scenario), FINE)
    symmetric = compile_scenario(edition, parse(scenario), DEFAULT_REDUCTIONS)
    assert symmetric.symmetry
    assert_orbits(whole, symmetric)
    assert_same(symmetric)


@pytest.mark.parametrize("engine", ["interp", "native"])
def test_a_witness_of_orbits_is_a_run_of_the_program(engine: str) -> None:
    edition, scenario = load("v2_6_34"), parse("migrate+munmap+munmap@file,shared")
    everything = frozenset(REDUCTIONS)
    result = check(edition, scenario, Options(engine=engine, reduce=everything))
    broken = result.broken[0]
    schedule = parse_schedule(broken.schedule)
    again = replay(edition, scenario, schedule, Options(reduce=everything - {"symmetry"}))
    assert (again.property, again.steps) == (broken.property, broken.steps)
    assert [step.cpu for step in again.trace] == [step.cpu for step in broken.trace]


def test_schedules_are_those_of_all_states() -> None:
    edition = load(str(ROOT / "examples" / "shared_counter_atomic.py"))
    scenario = find(edition, "four_by_four")
    result = check(edition, scenario, Options(schedules=True))
    assert result.certificate is not None
    assert (result.states, result.certificate.schedules) == (70, 63_063_000)
    assert result.certificate.interchangeable == (
        "CPU 0 add_four() = CPU 1 add_four() = CPU 2 add_four() = CPU 3 add_four()",
    )
    walked = check(edition, scenario, Options(search="simulate", walks=3))
    assert walked.certificate is not None
    assert walked.certificate.interchangeable == ()
