# SPDX-License-Identifier: GPL-2.0-only
"""Each draft of April 2010 has its own defect, and most show it on one CPU."""

from __future__ import annotations

import pytest

from tests.editions.sequences import (
    after,
    charged_free_pages,
    counters,
    is_sound,
    uncharged_mapped_pages,
)

FILES = ("file", "shmem")
both_files = pytest.mark.parametrize("kind", FILES)


@both_files
def test_early_commit_counts_file_pages(kind: str) -> None:
    assert is_sound(after("mm_2010_04_13_nishimura", kind, "", "migrate"))


def test_early_commit_maps_an_anonymous_page_without_a_charge() -> None:
    start = after("mm_2010_04_13_nishimura", "anon", "", "migrate")
    assert uncharged_mapped_pages(start) == ["newpage"]
    assert counters(start) == (0, 0, 0, 0, 0)


@both_files
def test_late_count_is_right_after_a_success(kind: str) -> None:
    assert is_sound(after("mm_2010_04_13_kamezawa", kind, "", "migrate"))


@both_files
def test_late_count_takes_one_off_after_a_failure(kind: str) -> None:
    start = after("mm_2010_04_13_kamezawa", kind, "", "migrate", held=True)
    assert counters(start) == (1, 1, 1, 0, 0)
    assert start.names["page"]._mapcount.counter == 0


@both_files
def test_first_version_leaks_the_old_page_s_charge(kind: str) -> None:
    start = after("mm_2010_04_14", kind, "", "migrate")
    assert charged_free_pages(start) == ["page"]
    assert counters(start) == (2, 2, 2, 0, 1)


@pytest.mark.parametrize("kind", [*FILES, "anon"])
def test_first_version_leaks_the_new_page_s_charge_after_a_failure(kind: str) -> None:
    start = after("mm_2010_04_14", kind, "", "migrate", held=True)
    assert charged_free_pages(start) == ["newpage"]


def test_first_version_follows_no_group_when_a_charge_is_bypassed() -> None:
    with pytest.raises(AttributeError):
        after("mm_2010_04_14", "file", "killed", "migrate")


@both_files
def test_second_version_is_right_for_file_pages(kind: str) -> None:
    assert is_sound(after("mm_2010_04_15", kind, "", "migrate"))
    assert is_sound(after("mm_2010_04_15", kind, "", "migrate", held=True))


def test_second_version_leaves_an_anonymous_page_uncharged_after_a_failure() -> None:
    assert is_sound(after("mm_2010_04_15", "anon", "", "migrate"))
    start = after("mm_2010_04_15", "anon", "", "migrate", held=True)
    assert uncharged_mapped_pages(start) == ["page"]


@pytest.mark.parametrize("edition", ["mm_2010_04_16", "mm_2010_05_07", "v2_6_35"])
@pytest.mark.parametrize("kind", [*FILES, "anon"])
@pytest.mark.parametrize("held", [False, True])
def test_a_marked_page_keeps_its_charge_either_way(edition: str, kind: str, held: bool) -> None:
    assert is_sound(after(edition, kind, "", "migrate", held=held))
