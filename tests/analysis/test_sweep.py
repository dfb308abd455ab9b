# SPDX-License-Identifier: GPL-2.0-only
"""A sweep is every combination once, explores what differs, and groups what breaks by its cause."""

from __future__ import annotations

from dataclasses import replace

from memcharge.analysis.sweep import Sweep, Width
from memcharge.editions.chain import load
from memcharge.engine import Options, check
from memcharge.scenarios import KINDS, MODIFIERS, TASKS, from_name
from memcharge.trace import Result
from tests.report.records import alone, race, result


def swept(edition: str, *names: str) -> tuple[Sweep, dict[str, Result]]:
    sweep = Sweep(Width(2, 1), Options(), None)
    loaded, found = load(edition), {}
    for name in names:
        program = sweep.admit(loaded, from_name(name))
        if program is not None:
            done = check(loaded, from_name(name), Options(), program=program)
            found[name] = sweep.keep(done)
    return sweep, found


def test_every_set_of_actors_comes_once_with_fewer_first() -> None:
    names = [one.name for one in Width(2, 1).scenarios()]
    actors, starts = len(TASKS), len(KINDS) * (len(MODIFIERS) + 1)
    assert len(names) == len(set(names)) == (actors + actors * (actors + 1) // 2) * starts
    assert [name.count("+") for name in names] == sorted(name.count("+") for name in names)
    assert "migrate+munmap@file" in names
    assert "munmap+migrate@file" not in names


def test_what_compiles_to_the_same_program_is_explored_once() -> None:
    sweep, found = swept("v2_6_34", "munmap@file", "munmap@file,limit", "munmap@file,shared")
    assert [*found] == ["munmap@file", "munmap@file,shared"]
    assert sweep.swept()["alike"] == 1


def test_what_cannot_be_is_counted() -> None:
    sweep, found = swept("v2_6_34", "truncate@anon", "munmap@anon,unmapped")
    assert found == {}
    assert sweep.swept()["impossible"] == 2


def test_a_modifier_that_somebody_looks_at_is_not_left_out() -> None:
    _, found = swept("v2_6_34", "migrate@anon", "migrate@anon,killed")
    assert found["migrate@anon"].verdict == "Never"
    assert found["migrate@anon,killed"].verdict == "Always"


def test_witnesses_of_one_cause_share_it_and_the_longer_leave_their_trace_out() -> None:
    _, found = swept("v2_6_34", "migrate@file", "migrate@file,shared", "migrate+munmap@file")
    lost = [
        broken
        for one in found.values()
        for broken in one.broken
        if broken.property == "file_mapped_matches_mapcount"
    ]
    assert all(broken.cause for broken in lost)
    assert lost[0].cause == lost[1].cause
    assert lost[0].trace
    assert not lost[1].trace
    assert lost[1].schedule


def test_a_cheaper_witness_that_comes_late_is_kept_whole() -> None:
    sweep = Sweep(Width(1, 0), Options(), None)
    cause = ("f(): x += 1",)
    dear = result("migrate+munmap@file", "Sometimes", (replace(race(), cause=cause),))
    cheap = result("migrate@file", "Always", (replace(alone(), cause=cause),))
    assert sweep.keep(dear).broken[0].trace
    assert sweep.keep(cheap).broken[0].trace
    assert not sweep.keep(dear).broken[0].trace


def test_a_budget_that_is_used_up_begins_nothing_more() -> None:
    assert Sweep(Width(1, 0), Options(), None).left() == ""
    assert "--budget" in Sweep(Width(1, 0), Options(), 1e-9).left()
