# SPDX-License-Identifier: GPL-2.0-only
"""Which witnesses of a sweep are one cause."""

from __future__ import annotations

from dataclasses import replace

from memcharge.report.sweep import causes
from memcharge.trace import Broken, Record
from memcharge.trace.witness import cause
from tests.report.records import alone, race, result, run, swept


def grouped(*found: tuple[str, Broken]) -> list[list[str]]:
    record = Record((run("v2_6_34", *(result(name, "Sometimes", (one,)) for name, one in found)),))
    return [[witness.result.scenario for witness in group] for group in causes(record)]


def because(*words: str) -> Broken:
    return replace(race(), cause=words)


def test_a_scenario_that_holds_a_smaller_one_has_its_cause() -> None:
    small, large = "migrate@file", "hold+migrate@file,shared"
    assert grouped((large, because("a", "b")), (small, because("a"))) == [[large, small]]
    small = "migrate+migrate@file"
    assert len(grouped(("hold+migrate@file", because("a", "b")), (small, because("a")))) == 2


def test_neither_another_page_nor_another_property_is_a_smaller_scenario() -> None:
    large = ("hold+migrate@file", because("a", "b"))
    assert len(grouped(large, ("migrate@shmem", because("a")))) == 2
    other = replace(because("a"), property="no_counter_below_zero")
    assert len(grouped(large, ("migrate@file", other))) == 2


def test_what_has_no_smaller_scenario_goes_by_its_cause() -> None:
    one, other = "munmap+truncate@file", "madvise+truncate@file"
    assert len(grouped((one, because("a", "b")), (other, because("a", "b")))) == 1
    assert len(grouped((one, because("a", "b")), (other, because("a", "c")))) == 2


def test_a_sweep_has_as_many_groups_as_causes() -> None:
    assert [len(group) for group in causes(swept())] == [2, 3]


def test_the_change_that_the_breaking_function_looks_at_is_the_cause() -> None:
    """The commit is what the unmap runs into; without it no other CPU has a part in it."""
    at, after = cause(race())
    assert at.startswith("mem_cgroup_update_file_mapped(): ")
    assert after == "__mem_cgroup_commit_charge(): SetPageCgroupUsed(pc)"
    assert len(cause(alone())) == 1
