# SPDX-License-Identifier: GPL-2.0-only
"""What swap does right is seen by what breaks without it."""

from __future__ import annotations

from pathlib import Path

import pytest

from memcharge.editions.chain import load
from tests.editions.sequences import after, counters
from tests.editions.twins import broken, twin

UNCHARGED = "every_page_in_use_is_charged"
ONCE = "every_swap_slot_in_use_is_charged_once"


@pytest.mark.parametrize("name", ["cow@anon,swapped", "cow+munmap@anon,shared,swapped"])
def test_a_commit_before_the_pte_is_counted_is_undone_by_a_writer(name: str) -> None:
    """The kernel's own bug of 2.6.29-rc."""
    assert broken(load("v2_6_34"), name) == []
    assert broken(load("without/03f3c433648a"), name) == [UNCHARGED]


def test_a_refused_uncharge_at_swap_out_leaves_the_slot_uncharged(tmp_path: Path) -> None:
    text = "    memcg = __mem_cgroup_uncharge_common(page, ctype)\n"
    refusing = twin(
        tmp_path, "mem_cgroup_uncharge_swapcache", (text, "    memcg: MemCgroup | None = None\n")
    )
    assert ONCE in broken(refusing, "swap_out@anon")


def test_a_page_in_the_swap_cache_keeps_its_charge_when_unmapped(tmp_path: Path) -> None:
    text = "    if PageSwapCache(page):\n        return None\n"
    eager = twin(tmp_path, "__mem_cgroup_uncharge_common", (text, ""))
    assert broken(eager, "swap_out@anon") == [ONCE]


def test_a_record_that_stays_charges_the_page_twice(tmp_path: Path) -> None:
    text = "        __mem_cgroup_drop_swap_record(page.private)\n"
    keeping = twin(tmp_path, "__mem_cgroup_commit_charge_swapin", (text, "        pass\n"))
    assert broken(load("v2_6_34"), "fault+swap_out@anon,shared") == []
    assert broken(keeping, "fault+swap_out@anon,shared") == [ONCE]


def test_a_shmem_slot_is_freed_before_it_is_counted(tmp_path: Path) -> None:
    """Truncation comes between the unlocking and swap_shmem_alloc(); fixed by 826267cf1e6c."""
    name = "truncate+swap_out@shmem,dirty"
    assert broken(load("v2_6_34"), name) == ["bug_on"]
    unlock, alloc = "        spin_unlock(mapping.info_lock)\n", "        swap_shmem_alloc(swap)\n"
    fixed = twin(tmp_path, "shmem_writepage", (unlock + alloc, alloc + unlock))
    assert broken(fixed, name) == []


@pytest.mark.parametrize("edition", ["mm_2010_04_16", "mm_2010_05_07"])
@pytest.mark.parametrize(
    "name",
    ["migrate+swap_out+swap_out@anon", "migrate+swap_out+swap_out@anon,swapcache"],
)
def test_a_marked_new_page_is_not_swapped_out_before_the_mark_goes(edition: str, name: str) -> None:
    """The defect that the author of the third version saw in it."""
    assert broken(load(edition), name) == []


def test_the_mark_on_the_new_page_is_what_the_later_patch_lacks() -> None:
    """Between its first and its second mapping the new page loses its charge."""
    assert broken(load("mm_2010_04_16"), "migrate+munmap@anon,shared") == []
    assert broken(load("mm_2010_05_07"), "migrate+munmap@anon,shared") == [UNCHARGED]


def test_the_owner_of_a_page_in_the_cache_is_read_under_its_lock() -> None:
    """Without it the group may be gone before it is referred to."""
    name = "fault+rmdir@anon,left,shared,swapcache"
    assert broken(load("v2_6_34"), name) == []
    assert broken(load("without/c0bd3f63ce01"), name) == ["use_after_free"]


def test_a_page_from_the_cache_is_off_the_list_before_its_owner_changes() -> None:
    name = "cow@anon,left,lru,written"
    assert broken(load("v2_6_29"), name) == []
    assert broken(load("without/544122e5e0ee"), name) == ["private_lrus_hold_their_pages"]


@pytest.mark.parametrize(("edition", "usage"), [("v2_6_34", (1, 1)), ("v2_6_29", (0, 0))])
def test_a_page_comes_back_to_the_group_that_had_it(edition: str, usage: tuple[int, int]) -> None:
    """The task has moved to another group meanwhile; until 3c776e646600 the charge went along."""
    start = after(edition, "anon", "left", "writepage", "cow")
    assert start.names["page"].page_cgroup.PCG_USED
    assert counters(start)[:2] == usage
