# SPDX-License-Identifier: GPL-2.0-only
"""Copy on write, fork and exit on one CPU: whose charge each page is, by hand."""

from __future__ import annotations

from typing import Any

import pytest

from memcharge.editions.chain import load, with_functions
from memcharge.kernel.mm import (
    is_write_migration_entry,
    make_migration_entry,
    mk_pte,
    pte_mkwrite,
    zero_pte,
)
from memcharge.scenarios import actors
from memcharge.scenarios.start import Start, build
from tests.editions.sequences import UNTIL_2_6_35, after, counters, is_sound

every_edition = pytest.mark.parametrize("edition", UNTIL_2_6_35)


def ptes(start: Start) -> list[int]:
    return [vma.pte for vma in start.names["mapped_vma"]]


def page_and_copy(start: Start) -> tuple[Any, Any]:
    return start.names["page"], start.names["newpage"]


@every_edition
def test_a_page_written_first_is_writable_and_charged(edition: str) -> None:
    start = after(edition, "anon", "")
    with start.machine:
        assert ptes(start) == [pte_mkwrite(mk_pte(start.names["page"])), 0]
    assert counters(start) == (1, 1, 0, 1, 0)


@every_edition
def test_a_reader_of_anonymous_memory_is_charged_nothing_until_it_writes(edition: str) -> None:
    start = after(edition, "anon", "", "munmap", "fault")
    assert ptes(start) == [0, zero_pte()]
    assert counters(start) == (0, 0, 0, 0, 0)
    kernel = with_functions(load(edition), actors)
    task, vma = start.names["mapped_task"][1], start.names["mapped_vma"][1]
    with start.machine.running(task):
        kernel["cow"](vma)
    assert counters(start) == (1, 1, 0, 1, 0)
    assert is_sound(start)


@every_edition
def test_a_writer_after_fork_gets_a_copy_and_the_other_keeps_the_page(edition: str) -> None:
    start = after(edition, "anon", "shared", "cow")
    page, copy = page_and_copy(start)
    with start.machine:
        assert ptes(start) == [mk_pte(page), pte_mkwrite(mk_pte(copy))]
    assert (page._mapcount.counter, copy._mapcount.counter) == (0, 0)
    assert counters(start) == (2, 2, 0, 2, 0)
    assert is_sound(start)


@every_edition
def test_the_last_user_of_a_page_writes_without_a_copy(edition: str) -> None:
    start = after(edition, "anon", "shared", "munmap", "cow")
    page, _ = page_and_copy(start)
    with start.machine:
        assert ptes(start) == [0, pte_mkwrite(mk_pte(page))]
    assert counters(start) == (1, 1, 0, 1, 0)


@every_edition
def test_both_write_after_fork_and_the_first_page_is_free_of_the_second_copy(edition: str) -> None:
    start = after(edition, "anon", "shared spare", "cow", "cow")
    page, copy = page_and_copy(start)
    with start.machine:
        assert ptes(start) == [pte_mkwrite(mk_pte(page)), pte_mkwrite(mk_pte(copy))]
    assert counters(start) == (2, 2, 0, 2, 0)
    assert is_sound(start)


@every_edition
@pytest.mark.parametrize(("modifiers", "mapped"), [("private", 0), ("private shared", 1)])
def test_a_private_copy_of_a_files_page_is_rss(edition: str, modifiers: str, mapped: int) -> None:
    """The file's page stays CACHE, and FILE_MAPPED for those that only read it."""
    start = after(edition, "file", modifiers, "cow")
    assert counters(start) == (2, 2, 1, 1, mapped)
    assert is_sound(start)


@every_edition
def test_the_last_reader_of_a_file_page_that_writes_takes_it_off_file_mapped(edition: str) -> None:
    start = after(edition, "file", "private shared", "munmap", "cow")
    assert counters(start) == (2, 2, 1, 1, 0)
    assert is_sound(start)


@every_edition
@pytest.mark.parametrize("kind", ["file", "shmem"])
def test_a_shared_file_page_is_written_in_place_and_dirty(edition: str, kind: str) -> None:
    start = after(edition, kind, "shared", "cow")
    page, _ = page_and_copy(start)
    with start.machine:
        assert ptes(start) == [mk_pte(page), pte_mkwrite(mk_pte(page))]
    assert page.PG_dirty
    assert counters(start) == (1, 1, 1, 0, 1)


@every_edition
def test_truncation_spares_private_copies(edition: str) -> None:
    start = after(edition, "file", "private", "cow", "truncate")
    assert counters(start) == (1, 1, 0, 1, 0)
    assert is_sound(start)


@every_edition
def test_fork_takes_the_right_to_write_from_both(edition: str) -> None:
    start = after(edition, "anon", "", "fork")
    page, _ = page_and_copy(start)
    with start.machine:
        assert ptes(start) == [mk_pte(page)] * 2
    assert page._mapcount.counter == 1
    assert counters(start) == (1, 1, 0, 1, 0)


@every_edition
def test_fork_leaves_a_files_pages_to_the_childs_faults(edition: str) -> None:
    start = after(edition, "file", "", "fork")
    assert ptes(start)[1] == 0
    assert start.names["page"]._mapcount.counter == 0


@every_edition
def test_fork_copies_a_migration_entry_without_the_right_to_write(edition: str) -> None:
    kernel = with_functions(load(edition), actors)
    start = build(kernel, "anon", [])
    first, second = start.names["mapped_vma"]
    with start.machine.running(start.names["mapped_task"][0]):
        first.pte = make_migration_entry(start.names["page"], True)
        kernel["fork"](second, first)
    assert first.pte == second.pte
    assert not is_write_migration_entry(first.pte)


@every_edition
@pytest.mark.parametrize(("kind", "left"), [("anon", (0, 0, 0, 0, 0)), ("file", (1, 1, 1, 0, 0))])
def test_exit_unmaps_everything(edition: str, kind: str, left: tuple[int, ...]) -> None:
    start = after(edition, kind, "", "exit")
    assert counters(start) == left
    assert start.names["mapped_task"][0].mm is None
    assert is_sound(start)


@every_edition
def test_an_address_space_that_somebody_looks_at_outlives_its_owner(edition: str) -> None:
    kernel = with_functions(load(edition), actors)
    start = build(kernel, "anon", [])
    task = start.names["mapped_task"][0]
    mm = task.mm
    mm.mm_users.counter += 1
    with start.machine.running(task):
        kernel["exit"](task)
        assert mm.owner is None
        assert kernel["try_get_mem_cgroup_from_mm"](mm) is None
        assert counters(start) == (1, 1, 0, 1, 0)
        kernel["mmput"](mm)
    assert counters(start) == (0, 0, 0, 0, 0)


@every_edition
@pytest.mark.parametrize("modifiers", ["shared three", "shared four"])
def test_all_address_spaces_map_a_shared_page(edition: str, modifiers: str) -> None:
    programs = {"shared three": 3, "shared four": 4}[modifiers]
    start = after(edition, "anon", modifiers)
    assert len(ptes(start)) == programs
    assert start.names["page"]._mapcount.counter == programs - 1
    gone = after(edition, "anon", modifiers, *["munmap"] * programs)
    assert counters(gone) == (0, 0, 0, 0, 0)
