# SPDX-License-Identifier: GPL-2.0-only
"""Fields that nothing depends on leave the state, and traces still show them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings

from memcharge.editions.chain import load
from memcharge.engine import Options, check
from memcharge.engine.bfs import search
from memcharge.engine.prepare import compile_scenario
from memcharge.engine.stepper import make_stepper
from memcharge.engine.witness import follow, schedule_of
from memcharge.ir.slicing import shown
from memcharge.ir.spec import check_program
from memcharge.scenarios import parse
from tests.support.explored import FINE, Explored, complete, explored
from tests.support.locked import locked_programs
from tests.support.programs import programs, unasked
from tests.support.small import small

MOST_STATES = 1500

derandomised = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)

HEAD = """
class Item(Struct):
    a: int = uint(3)
    b: int = uint(3)
    f: bool = flag()
    g: bool = flag()
    next: Item | None = ref("Item")

def start():
    x, y = Item("x"), Item("y")
    return {"x": x, "y": y}

x = the("x", Item)
y = the("y", Item)
"""


def sliced(folder: Path, text: str) -> set[str]:
    """The fields that are taken out."""
    program = small(folder, HEAD + text).reduced(["slice"])
    check_program(program)
    return {name for _, name in program.layout.sliced}


def test_a_field_that_is_only_written_goes(tmp_path: Path) -> None:
    text = "\ndef cpu0():\n    x.f = True\n    x.a = 1\n    if x.a == 1:\n        x.b = 2\n"
    assert sliced(tmp_path, text) == {"f", "g", "b", "next"}


@pytest.mark.parametrize(
    "use",
    [
        "BUG_ON(x.f)",
        "WARN_ON(x.f)",
        "if x.f:\n        x.a = 1",
        "with atomic():\n        wait_until(x.f)",
        "while x.f:\n        x.a = 1",
    ],
)
def test_what_a_condition_depends_on_stays(tmp_path: Path, use: str) -> None:
    assert "f" not in sliced(tmp_path, f"\ndef cpu0():\n    x.f = True\n    {use}\n")


def test_what_it_depends_on_by_way_of_another_field_stays(tmp_path: Path) -> None:
    text = "\ndef cpu0():\n    x.f = not x.g\n    t = x.f\n    y.g = t\n"
    assert {"f", "g"} <= sliced(tmp_path, text)
    assert not {"f", "g"} & sliced(tmp_path, text + "    BUG_ON(y.g)\n")


def test_what_a_property_reads_stays(tmp_path: Path) -> None:
    text = "\ndef cpu0():\n    x.f = True\n    x.g = x.f\n"
    assert {"f", "g"} <= sliced(tmp_path, text)
    text += "\ndef end_{}() -> bool:\n    return not x.{}\n"
    assert "f" in sliced(tmp_path, text.format("f", "g").replace("x.g = x.f", "x.g = True"))
    assert not {"f", "g"} & sliced(tmp_path, text.format("g", "g"))


def test_a_pointer_that_is_followed_stays(tmp_path: Path) -> None:
    text = "\ndef cpu0():\n    x.next = y\n    p = x.next\n    p.f = True\n"
    assert sliced(tmp_path, text) == {"a", "b", "f", "g"}


def test_following_null_is_found_without_the_field(tmp_path: Path) -> None:
    text = "\ndef cpu0():\n    x.next.f = True\n\ndef cpu1():\n    x.next = y\n"
    program = small(tmp_path, HEAD + text)
    for chosen in (["slice"], [*FINE, "slice"]):
        assert set(explored(program.reduced(chosen)).broken) == {"null_dereference"}


def test_a_value_that_may_not_fit_stays(tmp_path: Path) -> None:
    text = "\ndef cpu0():\n    n = choose(2)\n    x.a += 1\n    x.b = n\n    x.f = n == 1\n"
    assert sliced(tmp_path, text) == {"f", "g", "next"}


def test_what_can_be_freed_stays(tmp_path: Path) -> None:
    text = "\ndef cpu0():\n    kfree(y)\n\ndef cpu1():\n    y.f = True\n"
    assert sliced(tmp_path, text) == set()
    found = explored(small(tmp_path, HEAD + text).reduced([*FINE, "slice"]))
    assert set(found.broken) == {"use_after_free"}


def assert_same(before: Explored, after: Explored) -> None:
    """The same breaches and verdicts, and the same ends but for what is gone."""
    layout = after.stepper.program.layout
    gone = {name for _, name in layout.sliced}
    assert after.broken == before.broken
    assert complete(after.outcomes, gone) == complete(before.outcomes, gone)
    assert {one.how for one in after.outcomes} == {one.how for one in before.outcomes}
    whole = shown(after.stepper.program)
    check_program(whole)
    walker = make_stepper(whole)
    for breach in after.breaches:
        path = after.found.path(breach.state)
        states = follow(walker, schedule_of(after.stepper, path))
        assert len(states) == len(path)
        assert breach.shows(path[-1])


def agree(folder: Path, text: str) -> None:
    program = small(folder, text)
    stepper = make_stepper(program.reduced(()))
    assume(len(search(stepper, Options(max_states=MOST_STATES)).states) < MOST_STATES)
    before = explored(program.reduced(FINE))
    for chosen in (("slice",), (*FINE, "slice"), (*FINE, "slice", "sections")):
        after = program.reduced(chosen)
        check_program(after)
        assert_same(before, explored(after))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sliced")


@settings(derandomised, max_examples=40)
@given(text=programs())
def test_random_programs_agree(folder: Path, text: str) -> None:
    agree(folder, text)
    agree(folder, unasked(text))


@pytest.mark.long
@settings(derandomised, derandomize=False, max_examples=2000)
@given(text=locked_programs())
def test_thousands_of_random_programs_agree(folder: Path, text: str) -> None:
    agree(folder, text)
    agree(folder, unasked(text))


def test_a_trace_shows_what_was_taken_out() -> None:
    """PCG_FILE_MAPPED is set and cleared, and nothing asks for it unless a task moves."""
    edition, scenario = load("v2_6_34"), parse("migrate+munmap@file")
    chosen = frozenset([*FINE, "slice"])
    program = compile_scenario(edition, scenario, chosen)
    assert ("PageCgroup", "PCG_FILE_MAPPED") in program.layout.sliced
    told = check(edition, scenario, Options(engine="interp", reduce=chosen)).broken
    places = {access.place for one in told for step in one.trace for access in step.accesses}
    assert "pc.PCG_FILE_MAPPED" in places
