# SPDX-License-Identifier: GPL-2.0-only
"""Lookup and reclaim before counts were frozen: the tree's lock does (e286781d5f2e, in v2.6.27).

From mm/filemap.c and mm/vmscan.c.
"""

from memcharge.editions.v2_6_26.memcontrol import mem_cgroup_uncharge_cache_page
from memcharge.editions.v2_6_34.filemap import __remove_from_page_cache
from memcharge.editions.v2_6_34.page_alloc import free_hot_cold_page
from memcharge.editions.v2_6_34.swap_state import __delete_from_swap_cache
from memcharge.editions.v2_6_34.swapfile import swapcache_free
from memcharge.editions.v2_6_34.vmscan import __shrink_locked_page, putback_lru_page
from memcharge.kernel import *


def find_get_page(mapping: AddressSpace, offset: int) -> Page | None:
    """Look a page up in a tree and take a reference to it."""
    spin_lock(mapping.tree_lock)
    page = mapping.page_tree[offset]
    if page is not None:
        get_page(page)
    spin_unlock(mapping.tree_lock)
    return page


def __remove_mapping(mapping: AddressSpace, page: Page) -> bool:
    """Take the locked page out of its tree if only that and the caller refer to it."""
    BUG_ON(not PageLocked(page))
    spin_lock(mapping.tree_lock)
    if page_count(page) != 2 or PageDirty(page):
        spin_unlock(mapping.tree_lock)
        return False
    if PageSwapCache(page):
        swap = page.private
        __delete_from_swap_cache(page)
        spin_unlock(mapping.tree_lock)
        swapcache_free(swap, page)
    else:
        __remove_from_page_cache(page)
        spin_unlock(mapping.tree_lock)
        mem_cgroup_uncharge_cache_page(page)
    atomic_dec(page._count)
    return True


def shrink_page_list(page: Page) -> tuple[int, bool]:
    """Try to free the isolated page: how many were, and whether the disk was given it."""
    if not trylock_page(page):
        putback_lru_page(page)
        return 0, False
    freed, locked, written = __shrink_locked_page(page)
    if freed:
        unlock_page(page)
        # Who empties the group may have another reference.
        if put_page_testzero(page):
            free_hot_cold_page(page)
        return 1, False
    if locked:
        unlock_page(page)
    putback_lru_page(page)
    return 0, written
