# SPDX-License-Identifier: GPL-2.0-only
"""The swap cache (mm/swap_state.c, mm/swapfile.c): a page that leaves it keeps its charge."""

from memcharge.editions.v2_6_34.filemap import find_get_page
from memcharge.editions.v2_6_34.page_alloc import alloc_page
from memcharge.editions.v2_6_34.page_io import swap_readpage
from memcharge.editions.v2_6_34.swap import lru_cache_add_lru, put_page
from memcharge.editions.v2_6_34.swap_state import __delete_from_swap_cache, add_to_swap_cache
from memcharge.editions.v2_6_34.swapfile import (
    get_swap_page,
    swap_entry_free,
    swap_info_get,
    swapcache_prepare,
)
from memcharge.kernel import *


def swapcache_free(entry: int) -> None:
    """The swap cache has dropped the page."""
    p = swap_info_get(entry)
    if p is not None:
        swap_entry_free(p, entry, SWAP_HAS_CACHE)
        spin_unlock(swap_lock)


def add_to_swap(page: Page) -> bool:
    """Give the locked page a slot and put it into the cache; dirty, for it has to be written."""
    BUG_ON(not PageLocked(page))
    BUG_ON(not PageUptodate(page))
    entry = get_swap_page()
    if entry == 0:
        return False
    if add_to_swap_cache(page, entry, GFP_ATOMIC) != 0:
        swapcache_free(entry)
        return False
    SetPageDirty(page)
    return True


def delete_from_swap_cache(page: Page) -> None:
    """Take the locked page out; the caller has a reference of its own."""
    entry = page.private
    spin_lock(swapper_space.tree_lock)
    __delete_from_swap_cache(page)
    spin_unlock(swapper_space.tree_lock)
    swapcache_free(entry)
    put_page(page)


def read_swap_cache_async(entry: int, gfp_mask: int, vma: VmAreaStruct) -> Page | None:
    """The page in the cache, read in if need be, with a reference.

    None if there is no memory, or if the slot was freed meanwhile.
    """
    new_page: Page | None = None
    err = 0
    while err != -ENOMEM:
        found_page = find_get_page(swapper_space, entry)
        if found_page is not None:
            break
        if new_page is None:
            new_page = alloc_page(gfp_mask)
            if new_page is None:
                break
        err = swapcache_prepare(entry)
        # Somebody puts one there, or takes it out, just now: look again.
        if err == -EEXIST:
            continue
        if err != 0:
            break
        SetPageLocked(new_page)
        SetPageSwapBacked(new_page)
        err = add_to_swap_cache(new_page, entry, gfp_mask)
        if err == 0:
            lru_cache_add_lru(new_page)
            swap_readpage(new_page)
            return new_page
        ClearPageSwapBacked(new_page)
        ClearPageLocked(new_page)
        swapcache_free(entry)
    if new_page is not None:
        put_page(new_page)
    return found_page
