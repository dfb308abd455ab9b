# SPDX-License-Identifier: GPL-2.0-only
"""Freeing pages: by reclaim (mm/vmscan.c) and with the last reference (mm/swap.c)."""

from memcharge.editions.v2_6_34.filemap import __remove_from_page_cache
from memcharge.editions.v2_6_34.memcontrol_lru import mem_cgroup_del_lru_list
from memcharge.editions.v2_6_34.page_alloc import free_hot_cold_page
from memcharge.editions.v2_6_34.swap_state import __delete_from_swap_cache
from memcharge.editions.v2_6_34.vmscan import __shrink_locked_page, putback_lru_page
from memcharge.editions.v3_17.memcontrol import mem_cgroup_swapout, mem_cgroup_uncharge
from memcharge.editions.v3_17.swap_state import swapcache_free
from memcharge.kernel import *


def __page_cache_release(page: Page) -> None:
    """The last reference is gone: off the LRU, uncharged, and back to the allocator."""
    if PageLRU(page):
        spin_lock(contig_zone.lru_lock)
        BUG_ON(not PageLRU(page))
        ClearPageLRU(page)
        mem_cgroup_del_lru_list(page)
        spin_unlock(contig_zone.lru_lock)
    mem_cgroup_uncharge(page)
    free_hot_cold_page(page)


def __remove_mapping(mapping: AddressSpace, page: Page) -> bool:
    """Take the locked page out of its tree if nobody else has a reference."""
    BUG_ON(not PageLocked(page))
    spin_lock(mapping.tree_lock)
    if not page_freeze_refs(page, 2):
        spin_unlock(mapping.tree_lock)
        return False
    if PageDirty(page):
        page_unfreeze_refs(page, 2)
        spin_unlock(mapping.tree_lock)
        return False
    if PageSwapCache(page):
        swap = page.private
        # Interrupts are off, which no grace period outlasts.
        rcu_read_lock()
        mem_cgroup_swapout(page, swap)
        rcu_read_unlock()
        __delete_from_swap_cache(page)
        spin_unlock(mapping.tree_lock)
        swapcache_free(swap)
    else:
        __remove_from_page_cache(page)
        spin_unlock(mapping.tree_lock)
    return True


def shrink_page_list(page: Page) -> tuple[int, bool]:
    """Try to free the isolated page: how many were, and whether the disk was given it."""
    if not trylock_page(page):
        putback_lru_page(page)
        return 0, False
    freed, locked, written = __shrink_locked_page(page)
    if freed:
        ClearPageLocked(page)
        mem_cgroup_uncharge(page)
        free_hot_cold_page(page)
        return 1, False
    if locked:
        unlock_page(page)
    putback_lru_page(page)
    return 0, written
