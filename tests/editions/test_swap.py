# SPDX-License-Identifier: GPL-2.0-only
"""Swapping out and in on one CPU: where the charge is, and that it stays one.

The four cases of swap-in, and the steps of swap-out, are those of the kernel's
Documentation/cgroups/memcg_test.txt, sections 4.1 and 4.2.
"""

from __future__ import annotations

from typing import Any

import pytest

from memcharge.editions.chain import load, with_functions
from memcharge.kernel.mm import non_swap_entry, pte_to_swp_entry, swp_entry_to_pte
from memcharge.scenarios import actors
from memcharge.scenarios.start import Start, build
from tests.editions.sequences import (
    UNTIL_2_6_35,
    after,
    charged_free_pages,
    counters,
    is_sound,
    references,
)

READ, WRITE = 0, 1
SHMEM, HAS_CACHE = 3, 4
SLOT = swp_entry_to_pte(1)

every_edition = pytest.mark.parametrize("edition", UNTIL_2_6_35)


def slot(start: Start) -> tuple[int, bool, int, int]:
    """How often the slot is named, whether it is cached, SWAPOUT, and references to the struct."""
    names = start.names
    used = names["swap_info"].swap_map[1]
    memcg = names["memcg"]
    assert names["swap_cgroup_ctrl"].map[1] == memcg.stat.count[3]
    return used % HAS_CACHE, used >= HAS_CACHE, memcg.stat.count[3], memcg.refcnt.counter


def usage(start: Start) -> tuple[int, int]:
    return counters(start)[:2]


def machine(edition: str, modifiers: str) -> tuple[Start, dict[str, Any]]:
    kernel = with_functions(load(edition), actors)
    return build(kernel, "anon", modifiers.split()), kernel


def first_round_of_swap_out(start: Start, kernel: dict[str, Any]) -> None:
    """The page is on disk and unmapped, and stays in the swap cache."""
    with start.machine.running(start.names["bystander"]):
        assert kernel["shrink_inactive_list"](start.names["page"]) == (0, True)
        kernel["end_swap_bio_write"](start.names["page"])


def watched_fault(start: Start, kernel: dict[str, Any], area: int, access: int) -> list[Any]:
    """Touch the address; memory and memory+swap before and after each event of the swap-in."""
    seen = [usage(start)]

    def watch(name: str) -> None:
        plain = kernel[name]

        def wrapper(*arguments: Any) -> Any:
            result = plain(*arguments)
            seen.append(usage(start))
            return result

        kernel[name] = wrapper

    watch("mem_cgroup_try_charge_swapin")
    watch("reuse_swap_page")
    watch("mem_cgroup_commit_charge_swapin")
    watch("swap_free")
    free = sum(page.PG_buddy for page in start.names["pages"])
    # Which free page is taken is a choice too, if one has to be read in.
    reads = start.names["swapper_space"].page_tree[1] is None
    start.machine.choices = [0] * (free - 1) if reads else []
    with start.machine.running(start.names["mapped_task"][area]):
        kernel["do_page_fault"](start.names["mapped_vma"][area], access)
    assert not start.machine.choices
    return seen


@every_edition
def test_swap_in_of_an_uncharged_page_that_stays_in_the_cache(edition: str) -> None:
    start, kernel = machine(edition, "swapped")
    seen = watched_fault(start, kernel, 0, READ)
    assert seen == [(0, 1), (1, 2), (1, 1), (1, 1)]
    assert slot(start) == (0, True, 0, 1)
    assert is_sound(start)


@every_edition
def test_swap_in_of_an_uncharged_page_that_leaves_the_cache(edition: str) -> None:
    start, kernel = machine(edition, "swapped")
    seen = watched_fault(start, kernel, 0, WRITE)
    assert seen == [(0, 1), (1, 2), (1, 2), (1, 2), (1, 1)]
    assert slot(start) == (0, False, 0, 1)
    assert is_sound(start)


@every_edition
def test_swap_in_of_a_charged_page_that_stays_in_the_cache(edition: str) -> None:
    start, kernel = machine(edition, "swapcache shared")
    seen = watched_fault(start, kernel, 1, READ)
    assert seen == [(1, 1), (2, 2), (1, 1), (1, 1)]
    assert start.names["page"]._mapcount.counter == 1
    assert is_sound(start)


@every_edition
def test_swap_in_of_a_charged_page_that_leaves_the_cache(edition: str) -> None:
    start, kernel = machine(edition, "")
    first_round_of_swap_out(start, kernel)
    seen = watched_fault(start, kernel, 0, WRITE)
    assert seen == [(1, 1), (2, 2), (1, 2), (1, 2), (1, 1)]
    assert slot(start) == (0, False, 0, 1)
    assert is_sound(start)


@every_edition
def test_swap_out_leaves_the_charge_with_the_page_until_it_leaves_the_cache(edition: str) -> None:
    start, kernel = machine(edition, "shared")
    first_round_of_swap_out(start, kernel)
    assert usage(start) == (1, 1)
    assert slot(start) == (2, True, 0, 1)
    assert [vma.pte for vma in start.names["mapped_vma"]] == [SLOT, SLOT]
    with start.machine.running(start.names["bystander"]):
        assert kernel["shrink_inactive_list"](start.names["page"]) == (1, False)
    assert counters(start) == (0, 1, 0, 0, 0)
    assert slot(start) == (2, False, 1, 2)
    assert references(start) == 0
    assert is_sound(start)


@every_edition
def test_the_record_goes_with_the_last_area_that_names_the_slot(edition: str) -> None:
    one = after(edition, "anon", "shared", "swap_out", "munmap")
    assert usage(one) == (0, 1)
    assert slot(one) == (1, False, 1, 2)
    both = after(edition, "anon", "shared", "swap_out", "munmap", "munmap")
    assert usage(both) == (0, 0)
    assert slot(both) == (0, False, 0, 1)
    assert is_sound(both)


@every_edition
def test_unmapping_a_page_in_the_cache_frees_page_and_slot(edition: str) -> None:
    start = after(edition, "anon", "swapcache", "munmap")
    assert usage(start) == (0, 0)
    assert slot(start) == (0, False, 0, 1)
    assert all(page.PG_buddy for page in start.names["pages"])


@every_edition
def test_fork_copies_a_swap_entry(edition: str) -> None:
    start, kernel = machine(edition, "swapped")
    first, second = start.names["mapped_vma"]
    with start.machine.running(start.names["mapped_task"][0]):
        kernel["copy_page_range"](second, first)
    assert slot(start) == (2, False, 1, 2)
    assert second.pte == SLOT


@every_edition
@pytest.mark.parametrize("kind", ["file", "shmem"])
def test_reclaim_drops_a_clean_page_of_a_file(edition: str, kind: str) -> None:
    start = after(edition, kind, "shared", "swap_out")
    assert counters(start) == (0, 0, 0, 0, 0)
    assert all(page.PG_buddy for page in start.names["pages"])


@every_edition
def test_reclaim_leaves_a_page_that_somebody_else_refers_to(edition: str) -> None:
    start = after(edition, "anon", "", "swap_out", held=True)
    assert usage(start) == (1, 1)
    assert slot(start) == (1, True, 0, 1)
    assert start.names["page"].PG_lru
    assert is_sound(start)


@every_edition
def test_reclaim_leaves_a_page_without_a_free_slot(edition: str) -> None:
    start, kernel = machine(edition, "")
    start.names["swap_info"].swap_map[1] = 1
    with start.machine.running(start.names["bystander"]):
        assert kernel["shrink_inactive_list"](start.names["page"]) == (0, False)
    assert start.names["page"]._mapcount.counter == 0
    assert usage(start) == (1, 1)


@pytest.mark.parametrize("edition", ["v2_6_34", "mm_2010_04_16", "mm_2010_05_07", "v2_6_35"])
@pytest.mark.parametrize("modifiers", ["swapcache", "swapcache shared"])
@pytest.mark.parametrize("held", [False, True])
def test_a_page_in_the_cache_moves_with_its_charge(
    edition: str, modifiers: str, held: bool
) -> None:
    start = after(edition, "anon", modifiers, "migrate", held=held)
    assert is_sound(start)
    moved = start.names["page" if held else "newpage"]
    assert start.names["swapper_space"].page_tree[1] is moved
    assert start.names["mapped_vma"][0].pte == SLOT


@every_edition
def test_a_disabled_controller_records_nothing_in_swap(edition: str) -> None:
    start = after(edition, "anon", "disabled", "swap_out", "fault", "munmap")
    assert counters(start) == (0, 0, 0, 0, 0)
    assert start.names["swap_cgroup_ctrl"].map[1] == 0


def test_a_swap_entry_is_told_from_a_migration_entry() -> None:
    assert pte_to_swp_entry(SLOT) == 1
    assert not non_swap_entry(SLOT)
    assert non_swap_entry(1 << 2 | 2)


def test_a_record_is_replaced_only_if_it_is_the_expected_one() -> None:
    start, kernel = machine("v2_6_34", "swapped")
    with start.machine:
        assert kernel["swap_cgroup_cmpxchg"](1, 2, 3) == 0
        assert kernel["swap_cgroup_cmpxchg"](1, 1, 2) == 1
        assert kernel["lookup_swap_cgroup"](1) == 2


@every_edition
def test_a_shmem_page_keeps_its_charge_between_file_and_swap(edition: str) -> None:
    start = after(edition, "shmem", "swapcache shared")
    page, mapping = start.names["page"], start.names["inode_mapping"]
    assert counters(start) == (1, 1, 1, 0, 0)
    assert page.mapping is None
    assert page.PG_swapcache
    assert (mapping.i_direct, mapping.nrpages) == (1, 0)
    assert slot(start) == (SHMEM, True, 0, 1)


@every_edition
def test_a_shmem_page_goes_to_swap_and_comes_back(edition: str) -> None:
    start = after(edition, "shmem", "dirty", "swap_out")
    assert counters(start) == (0, 1, 0, 0, 0)
    assert slot(start) == (SHMEM, False, 1, 2)
    assert all(page.PG_buddy for page in start.names["pages"])
    back = after(edition, "shmem", "swapped", "fault")
    assert counters(back) == (1, 1, 1, 0, 1)
    assert slot(back) == (0, False, 0, 1)
    assert back.names["inode_mapping"].i_direct == 0
    assert is_sound(back)


@every_edition
@pytest.mark.parametrize("modifiers", ["swapped", "swapcache", "dirty"])
def test_truncation_frees_a_shmem_page_in_swap(edition: str, modifiers: str) -> None:
    start = after(edition, "shmem", modifiers, "truncate")
    assert counters(start) == (0, 0, 0, 0, 0)
    assert slot(start) == (0, False, 0, 1)
    assert all(page.PG_buddy for page in start.names["pages"])


@pytest.mark.parametrize("edition", ["v2_6_34", "mm_2010_05_07", "v2_6_35"])
def test_a_failed_move_of_a_shmem_page_in_the_cache_is_taken_for_a_success(edition: str) -> None:
    """It has no mapping either way; fixed by 50de1dd967d4."""
    start = after(edition, "shmem", "swapcache", "migrate", held=True)
    assert charged_free_pages(start) == ["newpage"]


@every_edition
@pytest.mark.parametrize("act", ["fault", "cow"])
def test_a_written_page_keeps_its_charge_when_it_is_wanted_again(edition: str, act: str) -> None:
    start = after(edition, "anon", "written", act)
    assert counters(start) == (1, 1, 0, 1, 0)
    assert slot(start)[:3] == (0, act == "fault", 0)
    assert is_sound(start)


def test_in_3_6_who_takes_a_charged_page_out_of_the_cache_gets_it_uncharged() -> None:
    """It is not charged again because it still is, and then uncharged as it leaves the cache."""
    start = after("v3_6", "anon", "written", "cow")
    assert counters(start) == (0, 0, 0, 0, 0)
    assert start.names["page"]._mapcount.counter == 0
    assert counters(after("v3_4", "anon", "written", "cow")) == (1, 1, 0, 1, 0)
    assert counters(after("v3_6", "anon", "written", "fault")) == (1, 1, 0, 1, 0)
