# SPDX-License-Identifier: GPL-2.0-only
"""The count of ptes that map a folio, and what is counted with it (mm/rmap.c)."""

from memcharge.editions.v2_6_34.rmap import __page_set_anon_rmap
from memcharge.editions.v6_6.memcontrol import __lruvec_stat_mod_folio
from memcharge.kernel import *


def page_add_anon_rmap(page: Page, vma: VmAreaStruct) -> None:
    """One more pte maps an anonymous folio."""
    first = atomic_inc_and_test(page._mapcount)
    if first:
        __lruvec_stat_mod_folio(page, MEM_CGROUP_STAT_RSS, 1)
    BUG_ON(not PageLocked(page))
    if first:
        __page_set_anon_rmap(page, vma)


def folio_add_new_anon_rmap(folio: Page, vma: VmAreaStruct) -> None:
    """The first pte maps an anonymous folio that nobody else knows yet."""
    SetPageSwapBacked(folio)
    atomic_set(folio._mapcount, 0)
    __lruvec_stat_mod_folio(folio, MEM_CGROUP_STAT_RSS, 1)
    __page_set_anon_rmap(folio, vma)


def page_add_file_rmap(page: Page) -> None:
    """One more pte maps a file's folio; only the first one is counted."""
    if atomic_inc_and_test(page._mapcount):
        __lruvec_stat_mod_folio(page, MEM_CGROUP_STAT_FILE_MAPPED, 1)


def page_remove_rmap(page: Page) -> None:
    """A pte is gone; with the last one the folio counts no more as mapped."""
    if atomic_add_negative(-1, page._mapcount):
        idx = MEM_CGROUP_STAT_FILE_MAPPED
        if PageAnon(page):
            idx = MEM_CGROUP_STAT_RSS
        __lruvec_stat_mod_folio(page, idx, -1)
