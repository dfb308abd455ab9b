# SPDX-License-Identifier: GPL-2.0-only
"""The protocols in examples/: verdicts, exact counts, and what breaks each broken twin."""

from __future__ import annotations

import pytest

from memcharge.editions.chain import load
from memcharge.engine import DEFAULT_REDUCTIONS, ENGINES, Options, check
from memcharge.scenarios import all_of, find
from memcharge.trace import Result
from tests.repo.tree import ROOT, files

# States, transitions, depth, final states.  A run that never ends has no final state.
SMALL = {
    ("ctxsw", "one_cpu"): (777, 814, 60, 12),
    ("qspinlock", "two_cpus_twice"): (325, 528, 35, 3),
    ("qspinlock", "three_cpus_twice"): (23_757, 53_505, 63, 55),
    ("shared_counter_atomic", "four_by_four"): (70, 224, 16, 1),
}
LARGE = {
    ("ctxsw", "two_cpus"): (104_393, 211_021, 83, 192),
    ("ctxsw", "two_cpus_forever"): (230_944, 489_550, 113, 0),
    ("qspinlock", "three_cpus_forever"): (92_008, 250_383, 106, 0),
}
HUGE = {
    ("ctxsw", "two_cpus_thrice"): (649_399, 1_348_582, 114, 204),
    ("ctxsw", "two_cpus_and_proc"): (701_801, 2_012_571, 88, 192),
    ("ctxsw", "three_cpus_forever"): (15_958_492, 50_343_378, 141, 0),
    ("qspinlock", "four_cpus_twice"): (2_074_067, 5_902_228, 91, 1_043),
    ("qspinlock", "four_cpus_forever"): (10_310_817, 37_429_880, 138, 0),
}
# What a twin breaks, and in how many steps at the least.
BROKEN = {
    ("ctxsw_early_release", "two_cpus"): {
        "no_cpu_uses_freed_page_tables": 43,
        "null_dereference": 44,
        "every_reference_has_a_holder": 50,
    },
    ("ctxsw_lazy_without_reference", "one_cpu"): {
        "every_reference_has_a_holder": 21,
        "no_cpu_uses_freed_page_tables": 30,
    },
    ("qspinlock_hasty_head", "two_cpus_twice"): {"mutual_exclusion": 17, "deadlock": 23},
    ("qspinlock_split_tail", "two_cpus_twice"): {"deadlock": 29},
    ("qspinlock_split_tail", "three_cpus_twice"): {"deadlock": 30, "mutual_exclusion": 39},
}


def checked(
    name: str, scenario: str, engine: str | None = None, without: frozenset[str] = frozenset()
) -> Result:
    protocol = load(str(ROOT / "examples" / f"{name}.py"))
    options = Options(engine=engine, reduce=DEFAULT_REDUCTIONS - without)
    return check(protocol, find(protocol, scenario), options)


def counts(result: Result) -> tuple[int, int, int, int]:
    assert result.complete
    return result.states, result.transitions, result.depth, result.final_states


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("name", "scenario"), SMALL)
def test_protocol_holds(name: str, scenario: str, engine: str) -> None:
    result = checked(name, scenario, engine)
    assert (result.verdict, counts(result)) == ("Never", SMALL[name, scenario])


@pytest.mark.parametrize(("name", "scenario"), LARGE)
def test_large_protocol_holds(name: str, scenario: str) -> None:
    result = checked(name, scenario, "native")
    assert (result.verdict, counts(result)) == ("Never", LARGE[name, scenario])


@pytest.mark.long
@pytest.mark.parametrize(("name", "scenario"), HUGE)
def test_huge_protocol_holds(name: str, scenario: str) -> None:
    result = checked(name, scenario)
    assert (result.verdict, counts(result)) == ("Never", HUGE[name, scenario])


@pytest.mark.long
@pytest.mark.parametrize(("name", "scenario"), LARGE)
def test_large_protocol_has_the_interpreter_s_counts(name: str, scenario: str) -> None:
    assert counts(checked(name, scenario, "interp")) == LARGE[name, scenario]


@pytest.mark.parametrize(("name", "scenario"), BROKEN)
def test_twin_breaks(name: str, scenario: str) -> None:
    result = checked(name, scenario)
    assert {one.property: one.steps for one in result.broken} == BROKEN[name, scenario]


@pytest.mark.parametrize(
    ("without", "found"),
    [
        ("symmetry", (3_892_125, 13_955_872, 32, 15)),
        ("", (193_828, 690_730, 32, 15)),
    ],
)
def test_counter_has_the_counts_that_other_checkers_find(
    without: str, found: tuple[int, int, int, int]
) -> None:
    result = checked("shared_counter", "four_by_four", "native", frozenset({without}))
    assert counts(result) == found
    assert [(one.property, one.verdict) for one in result.broken] == [
        ("no_increment_is_lost", "Sometimes")
    ]


def test_every_protocol_of_its_own_is_pinned_in_every_scenario() -> None:
    protocols = [load(str(path)) for path in files("examples", suffixes=(".py",))]
    own = {(p.name, s.name) for p in protocols if p.base is None for s in all_of(p)}
    assert own == {*SMALL, *LARGE, *HUGE, ("shared_counter", "four_by_four")} - {
        ("shared_counter_atomic", "four_by_four")
    }
    assert {p.name for p in protocols if p.base} == {name for name, _ in BROKEN} | {
        "shared_counter_atomic"
    }
