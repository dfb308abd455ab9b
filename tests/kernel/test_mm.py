# SPDX-License-Identifier: GPL-2.0-only
"""Ptes, page frame numbers and references."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from memcharge.kernel import *


@pytest.fixture(autouse=True)
def machine() -> Iterator[Machine]:
    with Machine() as made:
        yield made


@pytest.fixture
def pages() -> list[Page]:
    """As many as the widths are made for."""
    return [Page(f"page{number}") for number in range(7)]


def test_every_page_has_a_frame_number_of_its_own(pages: list[Page]) -> None:
    assert [page_to_pfn(page) for page in pages] == [1, 2, 3, 4, 5, 6, 7]
    assert [pfn_to_page(pfn) for pfn in range(1, 8)] == pages


def test_a_present_pte_leads_back_to_its_page(pages: list[Page]) -> None:
    for page in pages:
        pte = mk_pte(page)
        assert pte_present(pte)
        assert not is_migration_entry(pte)
        assert not pte_none(pte)
        assert pte_page(pte) is page


@pytest.mark.parametrize("write", [False, True])
def test_a_migration_entry_leads_back_to_its_page(pages: list[Page], write: bool) -> None:
    for page in pages:
        pte = make_migration_entry(page, write)
        assert is_migration_entry(pte)
        assert is_write_migration_entry(pte) == write
        assert not pte_present(pte)
        assert not pte_none(pte)
        assert migration_entry_to_page(pte) is page


def test_a_pte_can_be_made_writable_and_back(pages: list[Page]) -> None:
    for page in pages:
        pte = pte_mkwrite(mk_pte(page))
        assert pte_present(pte)
        assert pte_write(pte)
        assert vm_normal_page(pte) is page
        assert pte_wrprotect(pte) == mk_pte(page)
        assert make_migration_entry_read(make_migration_entry(page, True)) == (
            make_migration_entry(page, False)
        )


def test_the_page_of_zeroes_is_present_and_no_page() -> None:
    assert pte_present(zero_pte())
    assert not pte_write(zero_pte())
    assert vm_normal_page(zero_pte()) is None


def test_every_pte_of_seven_pages_fits_and_no_two_are_alike(pages: list[Page]) -> None:
    vma = VmAreaStruct("vma")
    ptes = [
        pte
        for page in pages
        for one in (mk_pte(page), make_migration_entry(page, False))
        for pte in (one, pte_mkwrite(one))
    ]
    assert len(set(ptes)) == 28
    for pte in ptes:
        vma.pte = pte
        assert ptep_clear_flush(vma) == pte
        assert vma.pte == 0


def test_no_pte_is_no_page(pages: list[Page]) -> None:
    assert pte_none(0)
    assert not pte_present(0)
    assert not is_migration_entry(0)
    with pytest.raises(KernelBug, match="null_dereference: Page number 0"):
        pte_page(0)


# --- references --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "before", "after", "result"),
    [
        (get_page, 1, 2, None),
        (get_page_unless_zero, 0, 0, False),
        (get_page_unless_zero, 1, 2, True),
        (put_page_testzero, 2, 1, False),
        (put_page_testzero, 1, 0, True),
        (lambda page: page_freeze_refs(page, 2), 2, 0, True),
        (lambda page: page_freeze_refs(page, 2), 3, 3, False),
        (lambda page: page_unfreeze_refs(page, 2), 0, 2, None),
        (page_count, 3, 3, 3),
    ],
)
def test_reference(
    operation: Callable[[Page], object], before: int, after: int, result: object
) -> None:
    page = Page("page")
    page._count.counter = before
    assert operation(page) == result
    assert page._count.counter == after


@pytest.mark.parametrize("operation", [get_page, put_page_testzero])
def test_a_reference_of_a_free_page_is_a_bug(operation: Callable[[Page], object]) -> None:
    with pytest.raises(KernelBug, match="bug_on"):
        operation(Page("page"))


def test_a_page_is_mapped_from_its_first_pte_on() -> None:
    page = Page("page")
    assert not page_mapped(page)
    assert atomic_inc_and_test(page._mapcount)
    assert page_mapped(page)


def test_a_page_is_anonymous_by_its_mapping() -> None:
    page = Page("page")
    assert not PageAnon(page)
    page.mapping = AddressSpace("inode_mapping")
    assert not PageAnon(page)
    page.mapping = AddressSpace("anon_vma", anon=True)
    assert PageAnon(page)


def test_a_file_page_is_one_that_swap_does_not_back() -> None:
    page = Page("page")
    assert page_is_file_cache(page)
    SetPageSwapBacked(page)
    assert not page_is_file_cache(page)


def test_a_fatal_signal_is_pending_once_it_is_sent() -> None:
    task = TaskStruct("task")
    assert not fatal_signal_pending(task)
    task.SIGKILL = True
    assert fatal_signal_pending(task)
