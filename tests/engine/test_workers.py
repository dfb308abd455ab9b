# SPDX-License-Identifier: GPL-2.0-only
"""Several workers find what the interpreter finds, at the same distances."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from memcharge.editions.chain import load
from memcharge.engine import FieldOverflow, Options, check
from memcharge.engine.bfs import Search, search
from memcharge.engine.explore import explore
from memcharge.engine.native.record import SUCCESSORS
from memcharge.engine.parallel import search as rounds
from memcharge.engine.parallel import threads
from memcharge.engine.parallel.numbering import Numbering
from memcharge.engine.parallel.search import PartitionedSearch
from memcharge.engine.parallel.threads import Threads
from memcharge.engine.prepare import compile_scenario
from memcharge.engine.stepper import Stepper, make_stepper
from memcharge.engine.witness import stored_successors
from memcharge.ir.nodes import Program
from memcharge.ir.passes import REDUCTIONS
from memcharge.scenarios import parse
from tests.engine.test_native import MOST_STATES, WIDE, derandomised
from tests.support.programs import programs
from tests.support.small import small

MEMORY = 1 << 27
MOST_LOOKED_AT = 500


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("programs")


@pytest.fixture
def many_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few states a round, and boxes that are full at once."""
    monkeypatch.setattr(rounds, "STRIDE", 130)
    monkeypatch.setattr(threads, "BOX", SUCCESSORS + 50)


def searched(stepper: Stepper, workers: int) -> PartitionedSearch:
    found = PartitionedSearch(
        stepper.program, stepper.slots, lambda model: Threads(model, workers, MEMORY)
    )
    return found.run(Options())


def distances(found: Search) -> list[int]:
    """How far each state is from the start."""
    far = [0]
    for number in range(1, found.count):
        far.append(far[found.parents[number]] + 1)
    return far


def assert_same(program: Program, most: int | None = None) -> None:
    """The same states at the same distances, with 1, 2 and 3 workers; what is broken first too."""
    stepper = make_stepper(program)
    expected = search(stepper, Options(max_states=most))
    if expected.incomplete:
        return
    far = distances(expected)
    at = {state: number for number, state in enumerate(expected.states)}
    for workers in (1, 2, 3):
        found = searched(stepper, workers)
        assert not found.incomplete
        assert found.count == expected.count
        assert (found.transitions, found.depth) == (expected.transitions, expected.depth)
        some = range(0, found.count, 1 + found.count // MOST_LOOKED_AT)
        assert [far[at[found.state(number)]] for number in some] == [sorted(far)[n] for n in some]
        assert found.finals == sorted(found.finals)
        assert sorted(at[found.state(number)] for number in found.finals) == expected.finals
        later = {name: far[number] for name, number in expected.broken.items() if number}
        nearest = {name: far[at[found.state(found.broken[name])]] for name in later}
        assert nearest == later
        assert_path(stepper, found, found.count - 1, far[-1])


def assert_path(stepper: Stepper, found: PartitionedSearch, number: int, steps: int) -> None:
    """It leads from the start to that state, step by step, by a shortest way."""
    path = found.path(number)
    assert (path[0], path[-1]) == (stepper.start, found.state(number))
    assert len(path) == steps + 1
    for before, after in pairwise(path):
        cpus = range(len(stepper.tables))
        assert any(after in stored_successors(stepper, before, cpu) for cpu in cpus)


@settings(derandomised, max_examples=25)
@given(text=programs())
def test_random_programs_agree(folder: Path, text: str) -> None:
    program = small(folder, text)
    for chosen in ((), REDUCTIONS):
        assert_same(program.reduced(chosen), MOST_STATES)


@pytest.mark.long
@settings(derandomised, derandomize=False, max_examples=3000)
@given(text=programs())
def test_thousands_of_random_programs_agree(folder: Path, text: str) -> None:
    program = small(folder, text)
    for chosen in ((), REDUCTIONS):
        assert_same(program.reduced(chosen), MOST_STATES)


@pytest.mark.parametrize(
    ("edition", "scenario"),
    [
        ("v2_6_34", "migrate+munmap@file"),
        ("mm_2010_05_07", "migrate+munmap@anon,shared"),
        ("mm_2010_04_14", "migrate@anon,killed"),
        ("v2_6_34", "migrate+swap_out@shmem,dirty"),
    ],
)
@pytest.mark.usefixtures("many_rounds")
def test_scenarios_agree(edition: str, scenario: str) -> None:
    assert_same(compile_scenario(load(edition), parse(scenario), REDUCTIONS))


def test_many_states_agree() -> None:
    edition = load("mm_2010_05_07")
    assert_same(compile_scenario(edition, parse("migrate+munmap+hold@anon"), REDUCTIONS))


@pytest.mark.usefixtures("many_rounds")
def test_the_same_workers_find_the_same_in_the_same_order() -> None:
    program = compile_scenario(load("v2_6_34"), parse("migrate+munmap@file"), REDUCTIONS)
    stepper = make_stepper(program)
    once, twice = (searched(stepper, 3) for _ in range(2))
    for worker in range(3):
        for one, other in zip(rows(once, worker), rows(twice, worker), strict=True):
            assert one == other


def rows(found: PartitionedSearch, worker: int) -> Iterator[bytes]:
    count = found.reports[worker].found
    assert count > 300, "the states are not shared out"
    for array in found.crew.ask(worker, "rows", 0, count):
        yield array.tobytes()


def test_states_are_numbered_level_by_level_and_the_expanded_first() -> None:
    """Two workers: one has expanded 1 of 2 states of the last but one level, the other 2 of 3."""
    numbering = Numbering([[0, 0], [1, 0], [3, 3]], current=[2, 2], counts=[3, 5])
    places = [(0, 0), (0, 1), (1, 0), (1, 1), (0, 2), (1, 2), (1, 3), (1, 4)]
    assert [numbering.place(number) for number in range(8)] == places
    assert [numbering.number(*place) for place in places] == list(range(8))
    assert (numbering.expanded, numbering.level_end) == (4, 6)


def test_a_value_too_wide_is_told_as_the_interpreter_tells_it(folder: Path) -> None:
    stepper = make_stepper(small(folder, WIDE).reduced(REDUCTIONS))
    with pytest.raises(FieldOverflow, match=r"Thing\.few is declared 0\.\.3 and gets 4"):
        explore(stepper, Options(engine="native", workers="2"), None)


def test_what_may_be_avoidable_is_not_called_always(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second search, for a run that avoids what is broken, is stopped before it finds one."""
    scenario, options = parse("migrate+munmap@file"), Options(engine="native", workers="2")
    whole = check(load("v2_6_34"), scenario, options)
    assert {one.verdict for one in whole.broken} == {"Sometimes"}
    run = PartitionedSearch.run

    def stopped(search: PartitionedSearch, limits: Options, *args: Any, **kept: Any) -> Any:
        most = 10 if kept.get("avoid") else None
        return run(search, replace(limits, max_states=most), *args, **kept)

    monkeypatch.setattr(rounds, "STRIDE", 64)
    monkeypatch.setattr(PartitionedSearch, "run", stopped)
    result = check(load("v2_6_34"), scenario, options)
    assert (result.verdict, result.complete) == ("Incomplete", False)
    assert result.incomplete == "--max-states 10 reached"
    assert "Always" not in {one.verdict for one in result.broken}
    assert result.states == whole.states
