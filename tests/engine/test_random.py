# SPDX-License-Identifier: GPL-2.0-only
"""Random small programs: every reduction, and the naive explorer, find the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings

from memcharge.engine import Options
from memcharge.engine.bfs import search
from memcharge.engine.check import _witness
from memcharge.engine.stepper import make_stepper
from memcharge.engine.witness import follow
from memcharge.ir.spec import check_program
from tests.engine.naive import Naive, explore
from tests.support.explored import ALL, Explored, complete, explored
from tests.support.programs import programs
from tests.support.small import Small, small

MOST_STATES = 1000

derandomised = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("programs")


def assert_same(naive: Naive, engine: Explored) -> None:
    """The same breaches, and the same ends."""
    assert complete(engine.outcomes) == complete(naive.outcomes)
    assert {one.how for one in engine.outcomes} == {one.how for one in naive.outcomes}
    assert set(engine.broken) == set(naive.broken)


def assert_same_counts(program: Small, *reductions: str) -> None:
    """State for state what the nodes say, as long as locals are not zeroed."""
    naive = explore(program.reduced(reductions))
    engine = explored(program.reduced(reductions))
    assert engine.counts == (naive.states, naive.transitions, naive.finals)
    assert engine.outcomes == naive.outcomes
    assert set(engine.broken) == set(naive.broken)


def assert_shortest_witnesses(program: Small) -> None:
    """Each witness shows its breach, in as few steps as there are to it, or to a warning's end."""
    chosen = {*ALL} - {"ample"}  # with which a witness may have a step that it does not need
    naive = explore(program.reduced(chosen))
    engine = explored(program.reduced(chosen))
    for breach in engine.breaches:
        schedule = _witness(engine.stepper, engine.found, breach)
        states = follow(engine.stepper, schedule)
        assert breach.shows(states[-1])
        steps = naive.broken[breach.name]
        assert len(schedule) == steps or (breach.name == "warn_on" and len(schedule) < steps)


def agree(folder: Path, text: str) -> None:
    program = small(folder, text)
    stepper = make_stepper(program.reduced(()))
    assume(len(search(stepper, Options(max_states=MOST_STATES)).states) < MOST_STATES)
    check_program(program.compiled())
    naive = explore(program.compiled())
    for chosen in ((), *((one,) for one in ALL), ALL):
        check_program(program.reduced(chosen))
        assert_same(naive, explored(program.reduced(chosen)))
    assert_same_counts(program)
    assert_same_counts(program, "constants", "private")
    assert_shortest_witnesses(program)


@settings(derandomised, max_examples=100)
@given(text=programs())
def test_all_explorers_agree_on_random_programs(folder: Path, text: str) -> None:
    agree(folder, text)


@pytest.mark.long
@settings(derandomised, derandomize=False, max_examples=5000)
@given(text=programs())
def test_all_explorers_agree_on_thousands_of_random_programs(folder: Path, text: str) -> None:
    agree(folder, text)
