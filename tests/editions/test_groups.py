# SPDX-License-Identifier: GPL-2.0-only
"""Groups on one CPU: what each counter is after a sequence, worked out by hand."""

from __future__ import annotations

import pytest

from memcharge.kernel.struct import Freed
from memcharge.kernel.structs import MemCgroup
from memcharge.scenarios.start import Start
from tests.editions.sequences import after

KEEPS_REFERENCES = ("v2_6_34", "mm_2010_05_07", "v2_6_35")


def numbers(mem: MemCgroup) -> tuple[int, int, int, int]:
    """Memory, memory+swap, CACHE and RSS of a group."""
    return mem.res.usage, mem.memsw.usage, mem.stat.count[0], mem.stat.count[1]


def group(start: Start, directory: str = "cgroup") -> MemCgroup:
    found: MemCgroup = start.names[directory].memcg
    return found


@pytest.mark.parametrize("edition", KEEPS_REFERENCES)
def test_a_charge_goes_up_only_through_hierarchy(edition: str) -> None:
    start = after(edition, "file", "hierarchy")
    assert numbers(group(start)) == (1, 1, 1, 0)
    assert numbers(group(start, "parent_cgroup")) == (1, 1, 0, 0)
    assert numbers(group(after(edition, "file", "parent"), "parent_cgroup")) == (0, 0, 0, 0)
    start = after(edition, "file", "hierarchy", "munmap", "truncate")
    assert numbers(group(start)) == numbers(group(start, "parent_cgroup")) == (0, 0, 0, 0)


def test_a_charge_that_fails_above_leaves_nothing_below() -> None:
    """The migration would charge one page more; no group may keep it."""
    start = after("v2_6_34", "anon", "hierarchy parent_limit", "migrate")
    mem, parent = group(start), group(start, "parent_cgroup")
    assert numbers(mem) == (1, 1, 0, 1)
    assert (mem.res.failcnt, parent.res.failcnt, parent.memsw.failcnt) == (0, 1, 0)
    assert numbers(parent) == (1, 1, 0, 0)


def test_the_highest_usage_is_kept() -> None:
    """While it moves a page is charged twice."""
    start = after("v2_6_34", "anon", "peak", "migrate")
    mem = group(start)
    assert numbers(mem) == (1, 1, 0, 1)
    assert (mem.res.max_usage, mem.memsw.max_usage) == (2, 2)


def test_a_full_group_reclaims_what_it_can() -> None:
    """The neighbour goes, and the page comes back from swap in its stead."""
    start = after("v2_6_34", "anon", "limit neighbour swapped", "fault")
    assert numbers(group(start)) == (1, 1, 0, 1)
    assert start.names["neighbours"].nrpages == 0
    assert not start.names["mapped_task"][0].SIGKILL


def test_a_full_group_that_can_reclaim_nothing_has_the_task_killed() -> None:
    """The page is mapped without a charge, for the task is gone in a moment."""
    start = after("v2_6_34", "anon", "limit swapped", "fault")
    mem = group(start)
    assert numbers(mem) == (0, 0, 0, 0)
    assert mem.res.failcnt == 1
    assert start.names["mapped_task"][0].SIGKILL


@pytest.mark.parametrize("edition", KEEPS_REFERENCES)
@pytest.mark.parametrize(("kind", "cache"), [("file", 1), ("anon", 0)])
def test_rmdir_moves_the_charge_up_and_frees_the_group(edition: str, kind: str, cache: int) -> None:
    start = after(edition, kind, "left lru parent", "rmdir")
    parent = group(start, "parent_cgroup")
    assert numbers(parent) == (1, 1, cache, 1 - cache)
    assert parent.css.refcnt.counter == 2
    assert isinstance(group(start), Freed)
    assert start.names["page"].page_cgroup.mem_cgroup is parent
    assert start.names["page"].page_cgroup.lru is parent


def test_a_swap_slot_keeps_the_struct_of_a_removed_group() -> None:
    start = after("v2_6_34", "anon", "left lru swapped", "rmdir")
    mem = group(start)
    assert numbers(mem) == (0, 1, 0, 0)
    assert (mem.css.refcnt.counter, mem.refcnt.counter) == (0, 1)
    start = after("v2_6_34", "anon", "left lru swapped", "rmdir", "munmap")
    assert isinstance(group(start), Freed)
    assert start.names["swap_cgroup_ctrl"].map[1] == 0


def test_a_page_from_the_swap_of_a_removed_group_is_charged_to_who_wants_it() -> None:
    start = after("v2_6_34", "anon", "left lru swapped", "rmdir", "fault")
    assert start.names["page"].page_cgroup.mem_cgroup is start.names["root_mem_cgroup"]
    assert isinstance(group(start), Freed)


def test_a_group_with_a_task_is_not_removed() -> None:
    start = after("v2_6_34", "anon", "lru", "rmdir")
    assert numbers(group(start)) == (1, 1, 0, 1)
    assert not start.names["cgroup"].CGRP_REMOVED
    assert group(start).css.refcnt.counter == 2


def test_a_task_takes_its_anonymous_page_along() -> None:
    start = after("v2_6_34", "anon", "other", "attach")
    assert numbers(group(start)) == (0, 0, 0, 0)
    assert numbers(group(start, "other_cgroup")) == (1, 1, 0, 1)
    assert group(start).css.refcnt.counter == 1
    assert group(start, "other_cgroup").css.refcnt.counter == 2
    assert start.names["cgroup"].count.counter == 1
    assert start.names["other_cgroup"].count.counter == 1


@pytest.mark.parametrize(("kind", "modifiers"), [("file", ""), ("anon", " shared")])
def test_a_task_leaves_what_is_not_its_own(kind: str, modifiers: str) -> None:
    start = after("v2_6_34", kind, "other" + modifiers, "attach")
    assert numbers(group(start))[:2] == (1, 1)
    assert numbers(group(start, "other_cgroup")) == (0, 0, 0, 0)


def test_a_task_takes_its_swap_slot_along() -> None:
    start = after("v2_6_34", "anon", "other swapped", "attach")
    mem, other = group(start), group(start, "other_cgroup")
    assert numbers(mem) == (0, 0, 0, 0)
    assert numbers(other) == (0, 1, 0, 0)
    assert (mem.stat.count[3], other.stat.count[3]) == (0, 1)
    assert (mem.refcnt.counter, other.refcnt.counter) == (1, 2)
    assert start.names["swap_cgroup_ctrl"].map[1] == other.css.id


def test_a_task_stays_if_the_other_group_is_full() -> None:
    start = after("v2_6_34", "anon", "other other_limit double", "attach")
    assert numbers(group(start)) == (2, 2, 0, 2)
    assert numbers(group(start, "other_cgroup")) == (0, 0, 0, 0)
    assert start.names["mapped_task"][0].mem_cgroup is group(start)
    assert start.names["mc"].to is None


def test_a_cpu_charges_ahead_and_takes_the_next_page_from_stock() -> None:
    start = after("v2_6_34", "anon", "stock")
    (stock,) = start.names["memcg_stocks"]
    assert (numbers(group(start)), stock.charge) == ((2, 2, 0, 1), 1)
    start = after("v2_6_34", "anon", "double stock")
    (stock,) = start.names["memcg_stocks"]
    assert (numbers(group(start)), stock.charge) == ((2, 2, 0, 2), 0)
    start = after("v2_6_34", "anon", "left lru stock", "rmdir")
    assert isinstance(group(start), Freed)


@pytest.mark.parametrize("kind", ["anon", "file"])
def test_a_batch_comes_to_the_same_in_the_end(kind: str) -> None:
    acts = ["munmap"] if kind == "anon" else ["munmap", "truncate"]
    start = after("v2_6_34", kind, "batch", *acts)
    assert numbers(group(start)) == (0, 0, 0, 0)
    assert group(start).css.refcnt.counter == 1
