# SPDX-License-Identifier: GPL-2.0-only
"""Who moves pages, and what keeps a page from moving, on one CPU."""

from __future__ import annotations

from pathlib import Path

import pytest

from memcharge.editions.chain import load, with_functions
from memcharge.kernel import EAGAIN, EBUSY
from memcharge.scenarios import actors, parse
from memcharge.scenarios.start import Start, build
from tests.editions.sequences import UNTIL_2_6_35, after, counters, is_sound
from tests.editions.twins import broken, twin

every_edition = pytest.mark.parametrize("edition", UNTIL_2_6_35)
MERGED = ["mm_2010_05_07", "v2_6_35"]


def where(start: Start) -> list[str]:
    """The pages in use."""
    return [page.name for page in start.names["pages"] if not page.PG_buddy]


@pytest.mark.parametrize("edition", MERGED)
@pytest.mark.parametrize("kind", ["file", "shmem", "anon"])
def test_a_page_moves_by_address_as_by_number(edition: str, kind: str) -> None:
    start = after(edition, kind, "", "move_pages")
    assert where(start) == ["newpage"]
    assert start.names["mapped_vma"][0].vm_mm.mm_users.counter == 1
    assert is_sound(start)


@pytest.mark.parametrize("edition", MERGED)
def test_a_page_that_is_mapped_nowhere_has_no_address(edition: str) -> None:
    assert where(after(edition, "file", "unmapped", "move_pages")) == ["page"]


@pytest.mark.parametrize("edition", MERGED)
def test_buffers_move_with_their_page(edition: str) -> None:
    start = after(edition, "file", "buffers", "migrate")
    moved = start.names["newpage"]
    assert where(start) == ["newpage"]
    assert moved.PG_private
    assert (moved._count.counter, counters(start)) == (3, (1, 1, 1, 0, 1))


@pytest.mark.parametrize("edition", MERGED)
def test_buffers_that_cannot_move_are_written_and_freed(edition: str) -> None:
    start = after(edition, "file", "buffers dirty", "migrate")
    assert where(start) == ["newpage"]
    assert not start.names["newpage"].PG_private
    assert is_sound(start)


@every_edition
@pytest.mark.parametrize("act", ["truncate", "swap_out"])
def test_buffers_go_with_the_page(edition: str, act: str) -> None:
    start = after(edition, "file", "buffers unmapped", act)
    assert where(start) == []
    assert counters(start) == (0, 0, 0, 0, 0)


@pytest.mark.parametrize("edition", MERGED)
def test_a_page_in_a_vector_moves_only_after_that_is_empty(edition: str) -> None:
    waiting = after(edition, "anon", "pagevec", "migrate")
    assert where(waiting) == ["page"]
    assert waiting.names["page"]._count.counter == 2
    assert where(after(edition, "anon", "pagevec", "drain", "migrate")) == ["newpage"]


def test_compaction_takes_frame_after_frame_so_a_page_moves_twice() -> None:
    start = after("v2_6_35", "file", "", "compact")
    assert where(start) == ["page"]
    assert is_sound(start)


def test_compaction_stops_for_who_is_to_die() -> None:
    start = after("v2_6_35", "file", "killed", "compact")
    assert where(start) == ["page"]
    assert start.names["newpage"].page_cgroup.mem_cgroup is None


def test_compaction_takes_a_page_off_the_list_of_its_group(tmp_path: Path) -> None:
    assert broken(load("v2_6_35"), "compact+force_empty@file") == []
    change = ("        mem_cgroup_del_lru_list(page)\n", "")
    careless = twin(tmp_path, "isolate_migratepages", change, base="v2_6_35")
    assert broken(careless, "compact+force_empty@file") == ["bug_on"]


def test_who_answers_a_read_is_not_the_program_that_exits() -> None:
    assert broken(load("v2_6_37"), "exit+splice@file,unmapped") == []


def test_an_actor_runs_only_where_its_kernel_functions_are() -> None:
    with pytest.raises(ValueError, match=r"v2_6_34 has no compact_zone\(\), which the actor comp"):
        parse("compact@file").prepare(load("v2_6_34"))
    assert parse("compact@file").prepare(load("v2_6_35")).actors


@every_edition
def test_reclaim_takes_what_is_on_the_lru_and_nothing_else(edition: str) -> None:
    kernel = with_functions(load(edition), actors)
    start = build(kernel, "file", [])
    page = start.names["page"]
    with start.machine:
        assert kernel["isolate_pages_global"](page) == 1
        assert kernel["isolate_pages_global"](page) == 0
        page.PG_lru = True
        page._count.counter = 0
        assert kernel["__isolate_lru_page"](page) == -16


def test_a_page_from_a_pipe_takes_the_charge_of_the_one_that_it_replaces() -> None:
    start = after("v2_6_35", "file", "unmapped", "splice")
    assert where(start) == ["newpage"]
    assert start.names["inode_mapping"].page_tree[0] is start.names["newpage"]
    assert counters(start) == (1, 1, 1, 0, 0)
    assert is_sound(start)


@pytest.mark.parametrize("edition", ["v3_4", "v3_17", "v3_19", "v4_6", "v6_6", "v6_12"])
def test_later_kernels_replace_a_page_that_is_on_the_lru(edition: str) -> None:
    assert broken(load(edition), "splice@file,unmapped") == []


def test_a_page_that_is_replaced_needs_lrucare_in_3_17(tmp_path: Path) -> None:
    old, new = "mem_cgroup_migrate(old, new, True)", "mem_cgroup_migrate(old, new, False)"
    careless = twin(tmp_path, "replace_page_cache_page", (old, new), base="v3_17")
    assert broken(careless, "splice@file,unmapped") == ["bug_on"]


@pytest.mark.parametrize("modifiers", ["", "unmapped dirty"])
def test_a_page_that_is_not_just_being_read_stays(modifiers: str) -> None:
    start = after("v2_6_35", "file", modifiers, "splice")
    assert where(start) == ["page"]
    assert not start.machine.warnings


def test_who_may_not_wait_leaves_a_dirty_folio_to_who_may() -> None:
    kernel = with_functions(load("v6_6"), actors)
    start = build(kernel, "file", ["dirty"])
    page = start.names["page"]
    with start.machine:
        assert kernel["isolate_lru_page"](page) == 0
        assert kernel["migrate_pages_batch"](page, False, 3) == -EBUSY
        assert page.PG_dirty
        assert kernel["migrate_pages_batch"](page, True, 7) == -EAGAIN
        assert not page.PG_dirty
    assert where(start) == ["page"]


def test_a_walk_that_comes_to_the_child_first_leaves_a_migration_entry(tmp_path: Path) -> None:
    """fork() copies it from the parent behind the walk's back."""
    order = (" and not vma.forked", "")
    careless = twin(tmp_path, "rmap_walk_anon", order)
    assert broken(load("v2_6_34"), "migrate+fork@anon") == []
    assert broken(careless, "migrate+fork@anon") == []
    no_second = twin(tmp_path, "rmap_walk_anon", order, ("vma.forked:", "False:"))
    assert broken(no_second, "migrate+fork@anon") == ["no_migration_entry_is_left"]
