# SPDX-License-Identifier: GPL-2.0-only
"""Steps that are walked and steps that are compiled are the same steps."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from memcharge.editions.chain import load
from memcharge.engine import Options
from memcharge.engine.bfs import Search, search
from memcharge.engine.coverage import coverage
from memcharge.engine.prepare import compile_scenario
from memcharge.engine.slots import FieldOverflow
from memcharge.engine.stepper import make_stepper
from memcharge.engine.verdict import breaches
from memcharge.ir.nodes import Program
from memcharge.scenarios import parse
from tests.support.explored import ALL
from tests.support.small import small

ALWAYS, NEVER = 0, 10**9  # walks before a step is compiled

TEXT = """
class Box(Struct):
    n: int = uint(4)
    m: int = sint(4)
    next: Box | None = ref("Box")
    row: int = array(3, uint(2))


box = the("box", Box)


def start():
    with_next, other = Box("box"), Box("other")
    with_next.next = other
    return {"box": with_next}


def cpu0():
    way = choose(3)
    box.row[way] = way
    WARN_ON(way == 2)
    if way == 1:
        box.next = None
    box.m = box.m - way
    with atomic():
        wait_until(box.n != 1)
        box.n = 1
    if way == 2:
        box.next.m = 0


def cpu1():
    other = box.next
    box.n = 2
    other.m = -1
    kfree(other)
    index = box.row[1] + box.row[2]
    BUG_ON(box.row[index & 1] == 3)


def always_m_is_not_below_zero() -> bool:
    return box.m >= 0


def end_next_is_as_it_was() -> bool:
    return box.next.m == 0
"""


def found_by(program: Program, walks: int, monkeypatch: pytest.MonkeyPatch) -> tuple[object, ...]:
    monkeypatch.setattr("memcharge.engine.stepper.WALKS", walks)
    stepper = make_stepper(program)
    found: Search = search(stepper, Options())
    told = [(one.name, one.verdict, one.state) for one in breaches(stepper, found, "interp")]
    return found.states, found.transitions, found.finals, told, coverage(stepper)


@pytest.mark.parametrize("reductions", [(), ALL])
def test_a_program_with_every_kind_of_node_has_the_same_states(
    reductions: Iterable[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = small(tmp_path, TEXT).reduced(reductions)
    walked = found_by(program, NEVER, monkeypatch)
    assert walked == found_by(program, ALWAYS, monkeypatch)
    assert {name for name, _, _ in walked[3]} >= {  # type: ignore[attr-defined]
        "always_m_is_not_below_zero", "null_dereference", "use_after_free", "warn_on",
    }  # fmt: skip


@pytest.mark.parametrize("scenario", ["migrate+kill@file", "munmap+fault@file", "swap_out@anon"])
def test_a_scenario_has_the_same_states(scenario: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = compile_scenario(load("mm_2010_05_07"), parse(scenario), ALL)
    assert found_by(program, NEVER, monkeypatch) == found_by(program, ALWAYS, monkeypatch)


@pytest.mark.parametrize("body", ["box.n = box.n + 15", "box.row[box.n + 2] = 1"])
def test_what_does_not_fit_is_told_alike(
    body: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = TEXT.split("def cpu0", maxsplit=1)[0] + f"def cpu0():\n    box.n = 1\n    {body}\n"
    program = small(tmp_path, text).reduced(())
    said = []
    for walks in (ALWAYS, NEVER):
        with pytest.raises(FieldOverflow) as problem:
            found_by(program, walks, monkeypatch)
        said.append(str(problem.value))
    assert said[0] == said[1]
