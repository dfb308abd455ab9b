# SPDX-License-Identifier: GPL-2.0-only
"""Read-ahead and swapoff on one CPU: whoever owned the page before swap is charged."""

from __future__ import annotations

import pytest

from memcharge.editions.chain import load, with_functions
from memcharge.scenarios import actors
from memcharge.scenarios.start import Start, build
from tests.editions.sequences import UNTIL_2_6_35, after, counters, is_sound

every_edition = pytest.mark.parametrize("edition", UNTIL_2_6_35)


def slot(start: Start) -> tuple[int, int]:
    """The count of the slot with its cache bit, and its record."""
    return start.names["swap_info"].swap_map[1], start.names["swap_cgroup_ctrl"].map[1]


@every_edition
@pytest.mark.parametrize("kind", ["anon", "shmem"])
def test_read_ahead_charges_nobody(edition: str, kind: str) -> None:
    start = after(edition, kind, "readahead")
    page = start.names["swapper_space"].page_tree[1]
    assert not page.page_cgroup.PCG_USED
    assert page.PG_lru
    assert counters(start) == (0, 1, 0, 0, 0)
    assert slot(start) == ((1 if kind == "anon" else 3) | 4, 1)


@every_edition
@pytest.mark.parametrize("modifiers", ["swapped", "readahead"])
def test_a_page_that_was_read_ahead_is_charged_when_it_is_touched(
    edition: str, modifiers: str
) -> None:
    start = after(edition, "anon", modifiers, "swap_in")
    assert counters(start) == (1, 1, 0, 1, 0)
    assert slot(start) == (4, 0)
    back = after(edition, "shmem", modifiers, "swap_in")
    assert counters(back) == (1, 1, 1, 0, 1)
    assert slot(back) == (0, 0)
    assert is_sound(start)
    assert is_sound(back)


@every_edition
@pytest.mark.parametrize("modifiers", ["swapped", "readahead", "swapcache"])
@pytest.mark.parametrize("shared", ["", " shared"])
def test_swapoff_maps_an_anonymous_page_for_all(edition: str, modifiers: str, shared: str) -> None:
    start = after(edition, "anon", modifiers + shared, "swapoff")
    assert counters(start) == (1, 1, 0, 1, 0)
    assert slot(start) == (0, 0)
    (page,) = (one for one in start.names["pages"] if not one.PG_buddy)
    assert page._mapcount.counter == (1 if shared else 0)
    assert not page.PG_swapcache
    assert page.PG_dirty
    assert is_sound(start)


@every_edition
@pytest.mark.parametrize("modifiers", ["swapped", "readahead", "swapcache"])
def test_swapoff_brings_a_shmem_page_back_into_its_file(edition: str, modifiers: str) -> None:
    start = after(edition, "shmem", modifiers, "swapoff")
    assert counters(start) == (1, 1, 1, 0, 0)
    assert slot(start) == (0, 0)
    assert start.names["inode_mapping"].nrpages == 1
    assert is_sound(start)


@every_edition
def test_nothing_is_written_to_an_area_that_is_gone(edition: str) -> None:
    start = after(edition, "anon", "", "swapoff", "swap_out")
    assert counters(start) == (1, 1, 0, 1, 0)
    assert slot(start) == (0, 0)
    assert start.names["page"]._mapcount.counter == 0


@every_edition
def test_swapoff_without_memory_gives_up_and_the_area_goes_on(edition: str) -> None:
    start = build(with_functions(load(edition), actors), "anon", ["swapped"])
    kernel = with_functions(load(edition), actors)
    for page in start.names["pages"]:
        page.PG_buddy = False
    with start.machine.running(start.names["bystander"]):
        assert kernel["sys_swapoff"]() == -12
    assert start.names["swap_info"].flags == 1
    assert slot(start) == (1, 1)


@every_edition
def test_swapoff_of_a_dying_task_is_interrupted(edition: str) -> None:
    start = build(with_functions(load(edition), actors), "anon", ["swapped"])
    kernel = with_functions(load(edition), actors)
    start.names["bystander"].SIGKILL = True
    with start.machine.running(start.names["bystander"]):
        assert kernel["sys_swapoff"]() == -4
    assert slot(start) == (1, 1)


@pytest.mark.parametrize("edition", ["v2_6_34", "v2_6_37", "v3_6"])
@pytest.mark.parametrize("shared", ["", " shared"])
def test_swapoff_at_the_limit_kills_the_tasks_of_the_group_before_itself(
    edition: str, shared: str
) -> None:
    start = after(edition, "anon", "limit swapped" + shared, "swapoff")
    assert all(task.SIGKILL for task in start.names["mapped_task"])
    assert start.names["bystander"].SIGKILL


@pytest.mark.parametrize("edition", ["v2_6_34", "v2_6_37", "v3_6"])
def test_a_task_of_the_full_group_is_killed_alone(edition: str) -> None:
    start = after(edition, "anon", "limit swapped", "fault")
    assert [task.SIGKILL for task in start.names["mapped_task"]].count(True) == 1
    assert not start.names["bystander"].SIGKILL
