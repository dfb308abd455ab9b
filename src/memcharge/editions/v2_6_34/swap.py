# SPDX-License-Identifier: GPL-2.0-only
"""Dropping page references and putting pages on the LRU (mm/swap.c)."""

from memcharge.editions.v2_6_34.memcontrol_lru import (
    mem_cgroup_add_lru_list,
    mem_cgroup_del_lru_list,
)
from memcharge.editions.v2_6_34.page_alloc import free_hot_cold_page
from memcharge.kernel import *


def __page_cache_release(page: Page) -> None:
    """The last reference is gone: off the LRU and back to the allocator."""
    if PageLRU(page):
        spin_lock(contig_zone.lru_lock)
        BUG_ON(not PageLRU(page))
        ClearPageLRU(page)
        mem_cgroup_del_lru_list(page)
        spin_unlock(contig_zone.lru_lock)
    free_hot_cold_page(page)


def put_page(page: Page) -> None:
    if put_page_testzero(page):
        __page_cache_release(page)


def lru_cache_add_lru(page: Page) -> None:
    """Put a page on the LRU; the per-CPU vector before it is drained at once."""
    spin_lock(contig_zone.lru_lock)
    BUG_ON(PageLRU(page))
    SetPageLRU(page)
    mem_cgroup_add_lru_list(page)
    spin_unlock(contig_zone.lru_lock)


def __pagevec_lru_add(page: Page) -> None:
    """Put the page of a vector on the LRU, and after that drop the vector's reference."""
    lru_cache_add_lru(page)
    put_page(page)
