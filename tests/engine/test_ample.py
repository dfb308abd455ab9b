# SPDX-License-Identifier: GPL-2.0-only
"""Steps taken alone: what is found is the same as in full, by every engine."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings

from memcharge.editions.chain import load
from memcharge.engine import DEFAULT_REDUCTIONS, Options, check
from memcharge.engine.bfs import search
from memcharge.engine.check import _witness
from memcharge.engine.dfs import search as depth_first
from memcharge.engine.prepare import compile_scenario
from memcharge.engine.schedules import count_schedules
from memcharge.engine.slots import FINDING
from memcharge.engine.stepper import make_stepper
from memcharge.engine.verdict import overall
from memcharge.engine.witness import follow
from memcharge.ir.nodes import Program
from memcharge.scenarios import parse
from tests.engine.test_native import assert_same
from tests.support.explored import FINE, Explored, explored
from tests.support.locked import locked_programs
from tests.support.programs import programs
from tests.support.small import Small, small
from tests.support.twins import twins

MOST_STATES = 1500
BESIDE = ((), ("sections",), ("symmetry",), ("sections", "symmetry"))

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


def complete(one: Explored) -> set[bytes]:
    """The final states, but for those in which a finding has stopped the others half-way."""
    finals = (one.found.states[number] for number in one.found.finals)
    return {state for state in finals if not state[FINDING]}


def assert_kept(full: Program, less: Program) -> None:
    """The same ends, breaches, verdicts and schedules, in fewer states or as many."""
    whole, part = explored(full), explored(less)
    assert set(part.found.states) <= set(whole.found.states)
    assert complete(part) == complete(whole)
    ends = ({(one.how, one.warned) for one in each.outcomes} for each in (whole, part))
    assert next(ends) == next(ends)
    assert part.broken == whole.broken
    verdicts = [overall(one.stepper, one.found, "interp", [*one.breaches]) for one in (whole, part)]
    assert verdicts[0] == verdicts[1]
    assert count_schedules(part.stepper) == count_schedules(whole.stepper)
    for breach in part.breaches:
        schedule = _witness(part.stepper, part.found, breach)
        assert breach.shows(follow(whole.stepper, schedule)[-1])
    deep = depth_first(make_stepper(less), Options())
    assert set(deep.states) == set(part.found.states)
    assert deep.transitions == part.found.transitions


def agree(program: Small) -> None:
    whole = program.reduced(FINE)
    assume(not search(make_stepper(whole), Options(max_states=MOST_STATES)).incomplete)
    for beside in BESIDE:
        assert_kept(program.reduced((*FINE, *beside)), program.reduced((*FINE, *beside, "ample")))
    assert_kept(program.reduced(()), program.reduced(("ample",)))


@settings(derandomised, max_examples=20)
@given(text=programs())
def test_random_programs_keep_what_is_found(folder: Path, text: str) -> None:
    agree(small(folder, text))


@settings(derandomised, max_examples=10)
@given(text=locked_programs())
def test_random_programs_with_locks_keep_what_is_found(folder: Path, text: str) -> None:
    agree(small(folder, text))


@settings(derandomised, max_examples=8)
@given(text=twins())
def test_random_twins_keep_what_is_found(folder: Path, text: str) -> None:
    agree(small(folder, text))


@pytest.mark.long
@settings(derandomised, derandomize=False, max_examples=3000)
@given(text=programs() | locked_programs() | twins())
def test_thousands_of_random_programs_keep_what_is_found(folder: Path, text: str) -> None:
    agree(small(folder, text))


@settings(derandomised, max_examples=8)
@given(text=programs() | twins())
def test_machine_code_steps_the_same_alone(folder: Path, text: str) -> None:
    program = small(folder, text)
    for chosen in ((*FINE, "ample"), (*FINE, "symmetry", "ample")):
        assert_same(program.reduced(chosen), MOST_STATES, checked=True)


@pytest.mark.parametrize(
    ("edition", "scenario", "less"),
    [
        ("v2_6_34", "migrate+munmap@file", True),
        ("v2_6_34", "munmap+truncate@file", True),
        ("mm_2010_05_07", "migrate+munmap@anon,shared", True),
        ("v2_6_34", "migrate@anon,killed", False),
    ],
)
def test_scenarios_keep_what_is_found(edition: str, scenario: str, less: bool) -> None:
    loaded, wanted = load(edition), parse(scenario)
    full, *others = (
        check(loaded, wanted, options)
        for options in (
            Options(engine="interp"),
            Options(engine="interp", reduce=DEFAULT_REDUCTIONS | {"ample"}),
            Options(engine="native", reduce=DEFAULT_REDUCTIONS | {"ample"}),
            Options(engine="native", reduce=DEFAULT_REDUCTIONS | {"ample"}, workers="2"),
        )
    )
    for one in others:
        assert one.verdict == full.verdict
        assert {(b.property, b.verdict) for b in one.broken} == {
            (b.property, b.verdict) for b in full.broken
        }
        assert (one.states < full.states) == less
    assert len({(one.states, one.transitions, one.final_states) for one in others}) == 1
    assert_same(compile_scenario(loaded, wanted, DEFAULT_REDUCTIONS | {"ample"}))
