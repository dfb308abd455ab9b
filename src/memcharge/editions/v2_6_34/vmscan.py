# SPDX-License-Identifier: GPL-2.0-only
"""Taking pages off the LRU and back, and reclaiming them (mm/vmscan.c).

The kernel reclaims a list of pages; here it has one.
"""

from typing import TYPE_CHECKING

from memcharge.editions.v2_6_34.buffer import page_has_private, try_to_release_page
from memcharge.editions.v2_6_34.filemap import __remove_from_page_cache
from memcharge.editions.v2_6_34.memcontrol import mem_cgroup_uncharge_cache_page
from memcharge.editions.v2_6_34.memcontrol_lru import mem_cgroup_del_lru_list
from memcharge.editions.v2_6_34.page_alloc import free_hot_cold_page
from memcharge.editions.v2_6_34.page_io import swap_writepage
from memcharge.editions.v2_6_34.rmap import TTU_UNMAP, try_to_unmap
from memcharge.editions.v2_6_34.swap import lru_cache_add_lru, put_page
from memcharge.editions.v2_6_34.swap_state import (
    __delete_from_swap_cache,
    add_to_swap,
    page_mapping,
)
from memcharge.editions.v2_6_34.swapfile import swapcache_free
from memcharge.kernel import *

if TYPE_CHECKING:
    from memcharge.editions.v2_6_34.shmem import shmem_writepage

PAGE_KEEP = 0
PAGE_ACTIVATE = 1
PAGE_SUCCESS = 2
PAGE_CLEAN = 3


def __isolate_lru_page(page: Page) -> int:
    """Take the page off the LRU, whose lock is held: 0, -EINVAL or -EBUSY."""
    if not PageLRU(page):
        return -EINVAL
    if not get_page_unless_zero(page):
        return -EBUSY
    ClearPageLRU(page)
    return 0


def isolate_pages_global(page: Page) -> int:
    """The same for reclaim, which looks at pages on the list; how many it took."""
    spin_lock(contig_zone.lru_lock)
    taken = 1 if __isolate_lru_page(page) == 0 else 0
    if taken == 1:
        mem_cgroup_del_lru_list(page)
    spin_unlock(contig_zone.lru_lock)
    return taken


def isolate_lru_page(page: Page) -> int:
    """Take the page off the LRU and a reference with it; 0 or -EBUSY.

    Whoever clears PG_lru owns the page's place on the lists: of two callers
    one fails.  The first test is without the lock, to be cheap.
    """
    ret = -EBUSY
    if PageLRU(page):
        spin_lock(contig_zone.lru_lock)
        if PageLRU(page) and get_page_unless_zero(page):
            ret = 0
            ClearPageLRU(page)
            mem_cgroup_del_lru_list(page)
        spin_unlock(contig_zone.lru_lock)
    return ret


def putback_lru_page(page: Page) -> None:
    """Put an isolated page back and drop the reference; an unused page is freed by it."""
    BUG_ON(PageLRU(page))
    lru_cache_add_lru(page)
    put_page(page)


def is_page_cache_freeable(page: Page) -> bool:
    """Whether only the tree, buffers and the caller refer to the page."""
    return page_count(page) - page_has_private(page) == 2


def pageout(page: Page, mapping: AddressSpace | None) -> tuple[int, bool]:
    """Write the locked page if it is dirty; also whether the disk has got it.

    After PAGE_SUCCESS the page is not locked any more.
    """
    if not is_page_cache_freeable(page):
        return PAGE_KEEP, False
    if mapping is None:
        return PAGE_KEEP, False
    if not TestClearPageDirty(page):
        return PAGE_CLEAN, False
    if PageSwapCache(page):
        written = swap_writepage(page)
    elif mapping.swap_backed:
        locked, written = shmem_writepage(page)
        if locked:
            return PAGE_ACTIVATE, False
    else:
        SetPageWriteback(page)
        unlock_page(page)
        written = True
    return PAGE_SUCCESS, written


def __remove_mapping(mapping: AddressSpace, page: Page) -> bool:
    """Take the locked page out of its tree if nobody else has a reference.

    The count stays frozen at zero, so nobody can find the page any more.
    """
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
        __delete_from_swap_cache(page)
        spin_unlock(mapping.tree_lock)
        swapcache_free(swap, page)
    else:
        __remove_from_page_cache(page)
        spin_unlock(mapping.tree_lock)
        mem_cgroup_uncharge_cache_page(page)
    return True


def __shrink_locked_page(page: Page) -> tuple[bool, bool, bool]:
    """Whether the page is free but for its lock, is still locked, and was given to the disk.

    The body of the kernel's loop in shrink_page_list(), behind the page lock.
    """
    if PageWriteback(page):
        return False, True, False
    if PageAnon(page) and not PageSwapCache(page) and not add_to_swap(page):
        return False, True, False
    mapping = page_mapping(page)
    if page_mapped(page) and mapping is not None and try_to_unmap(page, TTU_UNMAP) != SWAP_SUCCESS:
        return False, True, False
    written = False
    if PageDirty(page):
        result, written = pageout(page, mapping)
        if result == PAGE_KEEP or result == PAGE_ACTIVATE:
            return False, True, False
        if result == PAGE_SUCCESS:
            if PageWriteback(page) or PageDirty(page):
                return False, False, written
            if not trylock_page(page):
                return False, False, written
            if PageDirty(page) or PageWriteback(page):
                return False, True, written
            mapping = page_mapping(page)
    if PagePrivate(page) and not try_to_release_page(page, GFP_KERNEL):
        return False, True, written
    if mapping is None:
        return False, True, written
    return __remove_mapping(mapping, page), True, written


def shrink_page_list(page: Page) -> tuple[int, bool]:
    """Try to free the isolated page: how many were, and whether the disk was given it.

    The page is old: nobody has touched it since reclaim looked last.
    """
    if not trylock_page(page):
        putback_lru_page(page)
        return 0, False
    freed, locked, written = __shrink_locked_page(page)
    if freed:
        ClearPageLocked(page)
        free_hot_cold_page(page)
        return 1, False
    if locked:
        unlock_page(page)
    putback_lru_page(page)
    return 0, written


def shrink_inactive_list(page: Page) -> tuple[int, bool]:
    """Reclaim that page, if it is on the LRU."""
    if isolate_pages_global(page) == 0:
        return 0, False
    freed, written = shrink_page_list(page)
    return freed, written
