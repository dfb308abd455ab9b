# SPDX-License-Identifier: GPL-2.0-only
"""Machine code finds what the interpreter finds: every state, in the same order and way."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from memcharge.editions.chain import load
from memcharge.engine import Options, check
from memcharge.engine.bfs import search
from memcharge.engine.native.search import NativeSearch
from memcharge.engine.prepare import compile_scenario
from memcharge.engine.slots import FieldOverflow
from memcharge.engine.stepper import make_stepper
from memcharge.ir.nodes import Program
from memcharge.ir.passes import REDUCTIONS
from memcharge.scenarios import parse
from tests.support.programs import programs
from tests.support.small import small

MEMORY = 1 << 28
MOST_STATES = 3000

derandomised = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],  # a disagreement is looked at as it is: shrinking takes long
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("programs")


def assert_same(program: Program, most: int | None = None, *, checked: bool = False) -> None:
    """States, parents, counts, finals and first breaches are the same, number for number."""
    stepper = make_stepper(program)
    expected = search(stepper, Options(max_states=most))
    if expected.incomplete:
        return
    found = NativeSearch(program, stepper.slots, MEMORY, checked=checked).run(Options())
    assert not found.incomplete
    assert found.count == len(expected.states)
    assert (found.transitions, found.depth) == (expected.transitions, expected.depth)
    assert found.finals == expected.finals
    later = {name: number for name, number in expected.broken.items() if number}
    assert {name: found.broken[name] for name in later} == later
    numbers = range(0, found.count, 1 + found.count // 2000)
    assert [found.state(n) for n in numbers] == [expected.states[n] for n in numbers]
    last = found.count - 1
    assert found.path(last) == expected.path(last)


@settings(derandomised, max_examples=60)
@given(text=programs())
def test_random_programs_agree(folder: Path, text: str) -> None:
    program = small(folder, text)
    for chosen in ((), REDUCTIONS):
        assert_same(program.reduced(chosen), MOST_STATES, checked=True)


@pytest.mark.long
@settings(derandomised, derandomize=False, max_examples=3000)
@given(text=programs())
def test_thousands_of_random_programs_agree(folder: Path, text: str) -> None:
    program = small(folder, text)
    for chosen in ((), *((one,) for one in REDUCTIONS), REDUCTIONS):
        assert_same(program.reduced(chosen), MOST_STATES)


@pytest.mark.parametrize(
    ("edition", "scenario"),
    [
        ("v2_6_34", "migrate@file"),
        ("v2_6_34", "migrate+munmap@file"),
        ("mm_2010_05_07", "migrate+munmap@anon,shared"),
        ("mm_2010_04_14", "migrate@anon,killed"),
        ("v2_6_34", "migrate+swap_out@shmem,dirty"),
        ("v2_6_34", "migrate+munmap+truncate@file"),
    ],
)
def test_scenarios_agree(edition: str, scenario: str) -> None:
    assert_same(compile_scenario(load(edition), parse(scenario), REDUCTIONS))


def test_a_scenario_step_by_step_agrees() -> None:
    assert_same(
        compile_scenario(load("v2_6_34"), parse("migrate+kill@file"), ("constants", "dead"))
    )


@pytest.mark.parametrize("scenario", ["migrate+munmap@file", "migrate+kill@file"])
def test_a_check_tells_the_same_with_either_engine(scenario: str) -> None:
    edition = load("v2_6_34")
    ours = check(edition, parse(scenario), Options(engine="interp"))
    theirs = check(edition, parse(scenario), Options(engine="native"))
    assert theirs.engine == "native"
    assert (theirs.verdict, theirs.broken) == (ours.verdict, ours.broken)
    assert (theirs.states, theirs.transitions, theirs.depth) == (
        ours.states,
        ours.transitions,
        ours.depth,
    )


def test_a_small_table_grows_without_losing_a_state() -> None:
    program = compile_scenario(load("mm_2010_05_07"), parse("migrate+munmap+hold@anon"), REDUCTIONS)
    assert_same(program)


WIDE = """
class Thing(Struct):
    few: int = uint(2)

def start():
    return {"thing": Thing("thing")}

thing = the("thing", Thing)

def cpu0() -> None:
    while True:
        thing.few += 1
"""


def test_a_value_too_wide_is_told_as_the_interpreter_tells_it(folder: Path) -> None:
    from memcharge.engine.explore import explore  # noqa: PLC0415 - only here

    stepper = make_stepper(small(folder, WIDE).reduced(REDUCTIONS))
    with pytest.raises(FieldOverflow, match=r"Thing\.few is declared 0\.\.3 and gets 4"):
        explore(stepper, Options(engine="native"), None)
