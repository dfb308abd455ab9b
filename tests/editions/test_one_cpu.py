# SPDX-License-Identifier: GPL-2.0-only
"""What each edition does when nobody else runs."""

from __future__ import annotations

import pytest

from memcharge.kernel.flow import WouldBlock
from memcharge.scenarios.start import KINDS
from tests.editions.sequences import (
    UNTIL_2_6_35,
    after,
    charged_free_pages,
    counters,
    is_sound,
    references,
    uncharged_mapped_pages,
)

FILES = ("file", "shmem")
MERGED = ("mm_2010_05_07", "v2_6_35")

every_edition = pytest.mark.parametrize("edition", UNTIL_2_6_35)
every_kind = pytest.mark.parametrize("kind", KINDS)
both_files = pytest.mark.parametrize("kind", FILES)
as_merged = pytest.mark.parametrize("edition", MERGED)


@every_edition
@every_kind
def test_start_state_is_sound(edition: str, kind: str) -> None:
    start = after(edition, kind, "")
    assert is_sound(start)
    assert counters(start) == ((1, 1, 0, 1, 0) if kind == "anon" else (1, 1, 1, 0, 1))


@every_edition
@every_kind
@pytest.mark.parametrize("modifiers", ["shared", "limit", "killed", "writeback", "spare"])
def test_modified_start_state_is_sound(edition: str, kind: str, modifiers: str) -> None:
    assert is_sound(after(edition, kind, modifiers))


@every_edition
def test_unmapping_an_anonymous_page_leaves_nothing(edition: str) -> None:
    start = after(edition, "anon", "", "munmap")
    assert counters(start) == (0, 0, 0, 0, 0)
    assert references(start) == 0
    assert all(page.PG_buddy for page in start.names["pages"])


@every_edition
@both_files
def test_unmapping_a_file_page_leaves_its_charge_to_truncation(edition: str, kind: str) -> None:
    unmapped = after(edition, kind, "", "munmap")
    assert counters(unmapped) == (1, 1, 1, 0, 0)
    start = after(edition, kind, "", "munmap", "truncate")
    assert counters(start) == (0, 0, 0, 0, 0)
    assert all(page.PG_buddy for page in start.names["pages"])


@every_edition
@both_files
def test_truncation_unmaps_everywhere(edition: str, kind: str) -> None:
    start = after(edition, kind, "shared", "truncate")
    assert counters(start) == (0, 0, 0, 0, 0)
    assert not any(vma.pte for vma in start.names["mapped_vma"])


@every_edition
@every_kind
def test_touching_the_address_again_maps_a_charged_page(edition: str, kind: str) -> None:
    start = after(edition, kind, "", "munmap", "fault", "fault")
    assert is_sound(start)
    assert all(vma.pte for vma in start.names["mapped_vma"])


@pytest.mark.parametrize("kind", FILES)
def test_2_6_34_loses_file_mapped_when_a_file_page_moves(kind: str) -> None:
    start = after("v2_6_34", kind, "", "migrate")
    assert counters(start) == (1, 1, 1, 0, 0)
    assert counters(after("v2_6_34", kind, "", "migrate", "munmap")) == (1, 1, 1, 0, -1)


@as_merged
@every_kind
@pytest.mark.parametrize("modifiers", ["", "shared", "spare"])
def test_merged_protocol_keeps_every_counter_when_a_page_moves(
    edition: str, kind: str, modifiers: str
) -> None:
    start = after(edition, kind, modifiers, "migrate")
    assert is_sound(start)
    assert start.names["page"].PG_buddy
    assert start.names["newpage"]._mapcount.counter == ("shared" in modifiers)


@every_edition
@every_kind
def test_a_moved_page_is_put_back_on_the_lru(edition: str, kind: str) -> None:
    start = after(edition, kind, "", "migrate")
    assert start.names["newpage"].PG_lru
    assert not start.names["newpage"].PG_locked


@pytest.mark.parametrize("edition", ["v2_6_34", *MERGED])
@every_kind
def test_a_foreign_reference_makes_migration_fail_without_a_trace(edition: str, kind: str) -> None:
    start = after(edition, kind, "", "migrate", held=True)
    assert is_sound(start)
    assert start.names["newpage"].PG_buddy
    assert start.names["page"]._mapcount.counter == 0


@pytest.mark.parametrize("edition", ["v2_6_34", *MERGED])
@every_kind
def test_a_full_group_makes_migration_fail_without_a_trace(edition: str, kind: str) -> None:
    start = after(edition, kind, "limit", "migrate")
    assert is_sound(start)
    assert start.names["newpage"].PG_buddy
    assert start.names["page"].PG_lru


@as_merged
@every_kind
def test_a_killed_migrator_does_not_migrate(edition: str, kind: str) -> None:
    start = after(edition, kind, "", "kill", "migrate")
    assert is_sound(start)
    assert start.names["newpage"].PG_buddy


@both_files
def test_2_6_34_migrates_for_a_killed_task_and_leaks_the_charge(kind: str) -> None:
    start = after("v2_6_34", kind, "", "kill", "migrate")
    assert charged_free_pages(start) == ["page"]
    assert uncharged_mapped_pages(start) == ["newpage"]


def test_2_6_34_migrates_for_a_killed_task_and_maps_without_a_charge() -> None:
    start = after("v2_6_34", "anon", "killed", "migrate")
    assert counters(start) == (0, 0, 0, 0, 0)
    assert uncharged_mapped_pages(start) == ["newpage"]


@every_edition
@every_kind
def test_a_disabled_controller_counts_nothing(edition: str, kind: str) -> None:
    start = after(edition, kind, "disabled", "migrate", "munmap")
    assert counters(start) == (0, 0, 0, 0, 0)
    assert references(start) == 0


@every_edition
@both_files
def test_an_unmapped_file_page_moves_unmapped(edition: str, kind: str) -> None:
    start = after(edition, kind, "unmapped", "migrate")
    assert start.names["newpage"]._mapcount.counter == -1
    if edition != "mm_2010_04_14":
        assert is_sound(start)


@as_merged
def test_a_dirty_page_is_written_before_it_moves(edition: str) -> None:
    start = after(edition, "file", "dirty", "migrate")
    assert is_sound(start)
    assert start.names["page"].PG_buddy
    assert not start.names["newpage"].PG_dirty


@as_merged
@every_kind
def test_migration_waits_for_writeback_that_ends(edition: str, kind: str) -> None:
    assert is_sound(after(edition, kind, "writeback", "end_io", "migrate"))
    with pytest.raises(WouldBlock):
        after(edition, kind, "writeback", "migrate")


@every_edition
@every_kind
def test_a_transient_reference_changes_nothing(edition: str, kind: str) -> None:
    assert is_sound(after(edition, kind, "", "hold"))
    freed = after(edition, "anon", "", "munmap", "hold")
    assert freed.names["page"]._count.counter == 0
