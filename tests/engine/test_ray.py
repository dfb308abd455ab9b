# SPDX-License-Identifier: GPL-2.0-only
"""Ray workers find what the interpreter finds; one that is lost leaves no verdict and no count."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from memcharge.editions.chain import load
from memcharge.engine import Options, Progress, check
from memcharge.engine.bfs import search
from memcharge.engine.parallel import rayed
from memcharge.engine.parallel import search as rounds
from memcharge.engine.parallel.search import PartitionedSearch
from memcharge.engine.prepare import compile_scenario
from memcharge.engine.stepper import make_stepper
from memcharge.engine.workers import Workers
from memcharge.ir.nodes import Program
from memcharge.ir.passes import REDUCTIONS
from memcharge.scenarios import parse
from tests.engine.test_native import MOST_STATES, derandomised
from tests.engine.test_workers_recovery import figures
from tests.support.programs import programs
from tests.support.small import small
from tests.support.stopped import EDITION, go_on

ray: Any = pytest.importorskip("ray")
pytestmark = [pytest.mark.long, pytest.mark.filterwarnings("ignore")]  # Ray takes 10 s to start

TWO = Workers(2, ray=True)
MEMORY = 1 << 28
SCENARIO = "migrate+munmap@file"
OPTIONS = Options(engine="native", workers="ray:2", max_memory=MEMORY)


@pytest.fixture(scope="module", autouse=True)
def ended() -> Iterator[None]:
    yield
    rayed.team.cache_clear()
    ray.shutdown()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("programs")


def assert_same(program: Program, most: int | None = None) -> None:
    stepper = make_stepper(program)
    expected = search(stepper, Options(max_states=most))
    if expected.incomplete:
        return
    found = PartitionedSearch(program, stepper.slots, rayed.recruit(TWO, MEMORY, 0.0))
    found.run(Options())
    assert not found.incomplete
    assert (found.count, found.transitions) == (expected.count, expected.transitions)
    assert found.depth == expected.depth
    ours = {found.state(number) for number in found.finals}
    assert ours == {expected.states[number] for number in expected.finals}
    for name, number in expected.broken.items():
        if number:
            assert len(found.path(found.broken[name])) == len(expected.path(number))
    assert len(found.path(found.count - 1)) == len(expected.path(expected.count - 1))


@settings(derandomised, max_examples=30)
@given(text=programs())
def test_random_programs_agree(folder: Path, text: str) -> None:
    program = small(folder, text)
    for chosen in ((), REDUCTIONS):
        assert_same(program.reduced(chosen), MOST_STATES)


@pytest.mark.parametrize("edition", ["v2_6_34", "mm_2010_05_07"])
def test_scenarios_agree(edition: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "STRIDE", 500)
    assert_same(compile_scenario(load(edition), parse(SCENARIO), REDUCTIONS))


def test_a_check_tells_the_same_as_on_one_core() -> None:
    ours = check(EDITION, parse(SCENARIO), replace(OPTIONS, workers=""))
    theirs = check(EDITION, parse(SCENARIO), OPTIONS)
    assert figures(theirs) == figures(ours)
    assert theirs.certificate is not None
    assert theirs.certificate.workers == "2 Ray workers"


def test_what_ray_workers_leave_threads_go_on_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "STRIDE", 200)
    wanted = go_on(tmp_path / "once", SCENARIO, replace(OPTIONS, workers=""))
    path = tmp_path / "it"
    for workers, most in (("ray:2", 1000), ("2", 3000), ("ray:2", 5000)):
        stopped = go_on(path, SCENARIO, replace(OPTIONS, workers=workers, max_states=most))
        assert stopped.incomplete == f"--max-states {most} reached"
    assert figures(go_on(path, SCENARIO, OPTIONS)) == figures(wanted)


def test_a_lost_worker_makes_the_result_incomplete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was kept before is still there to go on from."""
    monkeypatch.setattr(rounds, "STRIDE", 200)
    path, rest = tmp_path / "it", 4
    wanted = go_on(tmp_path / "once", SCENARIO, replace(OPTIONS, workers=""))
    go_on(path, SCENARIO, replace(OPTIONS, max_states=1000))

    def kill(_: Progress) -> None:
        nonlocal rest
        rest -= 1
        if rest == 0:
            ray.kill(rayed.team(TWO).members[1])

    result = go_on(path, SCENARIO, OPTIONS, kill)
    assert result.verdict == "Incomplete"
    assert not result.complete
    assert result.incomplete.startswith("Ray worker 1 of 2 was lost: ")
    assert not result.broken
    assert figures(go_on(path, SCENARIO, OPTIONS)) == figures(wanted)


def test_a_worker_lost_after_the_search_leaves_no_verdict(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It has states that the verdict is made of."""
    told: list[str] = []
    enough = rayed.RayCrew.enough

    def kill(crew: rayed.RayCrew) -> None:
        enough(crew)
        if not told:
            told.append("killed")
            ray.kill(rayed.team(TWO).members[0])

    monkeypatch.setattr(rayed.RayCrew, "enough", kill)
    result = check(EDITION, parse(SCENARIO), OPTIONS)
    assert told
    assert result.verdict == "Incomplete"
    assert result.incomplete.startswith("Ray worker 0 of 2 was lost: ")
    assert not result.broken
