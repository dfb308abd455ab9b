# SPDX-License-Identifier: GPL-2.0-only
"""Depth first finds the same in another order; random walks find, and promise nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from memcharge.editions.chain import load
from memcharge.engine import Options, Progress, bfs, check, dfs, replay, simulate
from memcharge.engine.coverage import coverage
from memcharge.engine.stepper import Stepper, make_stepper
from memcharge.engine.verdict import breaches, overall
from memcharge.scenarios import parse
from memcharge.trace import parse_schedule
from tests.support.explored import FINE
from tests.support.programs import programs
from tests.support.small import HEAD, Small, module_of, small

EDITION = load("v2_6_34")
SCENARIOS = ("migrate@file", "migrate+munmap@file", "munmap+truncate@file", "migrate+hold@anon")

RACE = """
class Box(Struct):
    n: int = uint(4)
    m: int = uint(4)


box = the("box", Box)


def start():
    return {"box": Box("box")}


def always_n_is_small() -> bool:
    return box.n < 2


def end_n_is_one() -> bool:
    return box.n == 1


def cpu0():
    if box.m == 0:
        box.n += 1


def cpu1():
    if box.m == 0:
        box.n += 1
    elif box.m == 7:
        box.n = 9
"""


@pytest.fixture
def race(tmp_path: Path) -> Stepper:
    return make_stepper(small(tmp_path, RACE).reduced(FINE))


# -- depth first --------------------------------------------------------------------------------


@given(text=programs())
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_depth_first_finds_the_same(tmp_path: Path, text: str) -> None:
    module = module_of(tmp_path, HEAD + text)
    cpus = tuple(sorted(name for name in vars(module) if name.startswith("cpu")))
    stepper = make_stepper(Small(module, cpus).reduced(FINE))
    one, other = bfs.search(stepper, Options()), dfs.search(stepper, Options())
    assert set(one.states) == set(other.states)
    assert len(one.states) == len(other.states)
    assert one.transitions == other.transitions
    assert {one.state(n) for n in one.finals} == {other.state(n) for n in other.finals}
    assert set(one.broken) == set(other.broken)
    assert verdicts(stepper, one) == verdicts(stepper, other)
    assert other.depth >= one.depth


def verdicts(stepper: Stepper, found: bfs.Search) -> tuple[str, dict[str, str]]:
    broken = breaches(stepper, found, "interp")
    return overall(stepper, found, "interp", broken), {one.name: one.verdict for one in broken}


@pytest.mark.parametrize("name", SCENARIOS)
def test_depth_first_has_the_pinned_counts_and_true_witnesses(name: str) -> None:
    scenario = parse(name)
    one = check(EDITION, scenario, Options(engine="interp"))
    other = check(EDITION, scenario, Options(search="dfs"))
    assert (other.verdict, other.states, other.transitions, other.final_states) == (
        one.verdict, one.states, one.transitions, one.final_states,
    )  # fmt: skip
    assert other.engine == "interp"
    assert other.certificate is not None
    assert other.certificate.search == "dfs"
    shortest = {broken.property: broken.steps for broken in one.broken}
    assert {broken.property for broken in other.broken} == set(shortest)
    for broken in other.broken:
        assert broken.steps >= shortest[broken.property]
        assert replayed(name, broken.schedule) in shortest


def replayed(name: str, schedule: str) -> str:
    return replay(EDITION, parse(name), parse_schedule(schedule), Options()).property


# -- random walks -------------------------------------------------------------------------------


def walks(count: int, seed: int = 1) -> Options:
    return Options(search="simulate", walks=count, seed=seed)


def test_the_same_seed_walks_the_same_way(race: Stepper) -> None:
    paths = [[[*simulate.walk(race, seed, number)] for number in range(20)] for seed in (1, 1, 2)]
    assert paths[0] == paths[1] != paths[2]


def test_every_walk_is_a_run(race: Stepper) -> None:
    every = bfs.search(race, Options())
    ends = {every.state(number) for number in every.finals}
    for number in range(40):
        states = [state for _, _, state in simulate.walk(race, 1, number)]
        assert set(states) <= set(every.states)
        assert states[-1] in ends


def test_walks_find_both_sides_and_say_sometimes(race: Stepper) -> None:
    found = simulate.search(race, walks(200))
    broken = breaches(race, found, "interp")
    assert {one.name: one.verdict for one in broken} == {
        "always_n_is_small": "Sometimes",
        "end_n_is_one": "Sometimes",
    }
    assert found.incomplete == "200 random walks with seed 1"
    assert found.count == bfs.search(race, Options()).count
    assert [len(found.path(one.state)) for one in broken] == sorted(
        len(found.path(one.state)) for one in broken
    )


def test_what_every_walk_breaks_is_not_always(tmp_path: Path) -> None:
    text = RACE.replace("box.n < 2", "box.n == 0").replace("box.n == 1", "False")
    stepper = make_stepper(small(tmp_path, text).reduced(FINE))
    found = simulate.search(stepper, walks(50))
    broken = breaches(stepper, found, "interp")
    assert {one.verdict for one in broken} == {"Incomplete"}
    assert overall(stepper, found, "interp", broken) == "Incomplete"


def test_nothing_found_is_not_never(tmp_path: Path) -> None:
    text = RACE.replace("box.n < 2", "True").replace("box.n == 1", "True")
    stepper = make_stepper(small(tmp_path, text).reduced(FINE))
    found = simulate.search(stepper, walks(50))
    assert overall(stepper, found, "interp", breaches(stepper, found, "interp")) == "Incomplete"


@given(text=programs())
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_walks_never_say_more_than_all_interleavings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr(simulate, "LONGEST", 200)
    module = module_of(tmp_path, HEAD + text)
    cpus = tuple(sorted(name for name in vars(module) if name.startswith("cpu")))
    stepper = make_stepper(Small(module, cpus).reduced(FINE))
    whole, wanted = verdicts(stepper, bfs.search(stepper, Options()))
    found = simulate.search(stepper, walks(30))
    broken = breaches(stepper, found, "interp")
    said = overall(stepper, found, "interp", broken)
    assert said in {"Incomplete", whole}
    for one in broken:
        assert one.verdict in {"Incomplete", wanted[one.name]}
        assert one.shows(found.path(one.state)[-1])
        assert found.path(one.state)[0] == stepper.start


def test_a_check_by_walks_is_reproducible_and_its_witnesses_replay() -> None:
    scenario = parse("migrate+munmap@file")
    results = [check(EDITION, scenario, walks(60, seed)) for seed in (7, 7)]
    assert results[0].broken == results[1].broken
    assert results[0].states == results[1].states
    result = results[0]
    assert not result.complete
    assert result.verdict == "Sometimes"
    for broken in result.broken:
        assert replayed(scenario.name, broken.schedule)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (Options(search="simulate", max_states=3), "--max-states 3 reached"),
        (Options(search="simulate", seconds=1e-9), "--time 1e-09 reached"),
        (Options(search="simulate", max_memory=1), "--max-memory reached"),
    ],
)
def test_limits_stop_walks(race: Stepper, options: Options, why: str) -> None:
    found = simulate.search(race, options)
    assert found.incomplete.startswith(why)
    assert found.walks == simulate.LOOK_EVERY


def test_an_interrupt_keeps_what_walks_found(race: Stepper) -> None:
    def interrupt(_: Progress) -> None:
        raise KeyboardInterrupt

    found = simulate.search(race, walks(1000), interrupt)
    assert found.incomplete == "interrupted"
    assert found.broken


def test_an_endless_walk_is_cut_and_is_no_complete_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulate, "LONGEST", 50)
    text = (
        RACE[: RACE.index("def cpu0")] + "def cpu0():\n    while box.m == 0:\n        box.n ^= 1\n"
    )
    found = simulate.search(make_stepper(small(tmp_path, text).reduced()), walks(5))
    assert found.finals == []
    assert found.depth == 50


# -- the share of the text ----------------------------------------------------------------------


def test_a_branch_is_seen_when_it_is_taken(tmp_path: Path) -> None:
    text = RACE.replace("box.m == 0", "box.n == 0").replace("box.m == 7", "box.n == 7")
    stepper = make_stepper(small(tmp_path, text).reduced(FINE))
    assert coverage(stepper).seen["branches"][0] == 0
    bfs.search(stepper, Options())
    # cpu0: both outcomes; cpu1: both of the first, and of `box.n == 7` that it is not.
    assert coverage(stepper).seen == {"statements": (5, 6), "branches": (5, 6)}
