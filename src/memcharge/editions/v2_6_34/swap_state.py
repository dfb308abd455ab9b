# SPDX-License-Identifier: GPL-2.0-only
"""The swap cache (mm/swap_state.c), and where a page has its place (include/linux/mm.h).

A page is in the swap cache while it is on its way to or from swap.  It is then
in swapper_space's tree at the slot that `private` names; a page of a file has
`mapping` and `index` for that.
"""

from memcharge.editions.v2_6_34.filemap import find_get_page
from memcharge.editions.v2_6_34.page_alloc import alloc_page
from memcharge.editions.v2_6_34.page_io import swap_readpage
from memcharge.editions.v2_6_34.radix_tree import radix_tree_preload
from memcharge.editions.v2_6_34.swap import lru_cache_add_lru, put_page
from memcharge.editions.v2_6_34.swapfile import (
    get_swap_page,
    swapcache_free,
    swapcache_prepare,
    try_to_free_swap,
)
from memcharge.kernel import *


def page_mapping(page: Page) -> AddressSpace | None:
    """The tree that holds the page: a file's, the swap cache, or none for anonymous memory."""
    mapping = page.mapping
    if PageSwapCache(page):
        return swapper_space
    if mapping is not None and mapping.anon:
        return None
    return mapping


def page_index(page: Page) -> int:
    """The page's place in that tree."""
    if PageSwapCache(page):
        return page.private
    return page.index


def __add_to_swap_cache(page: Page, entry: int) -> None:
    """Put the locked page into the cache at the slot, whose cache bit the caller set.

    The kernel looks for an error, which can only be lack of memory, and that is ready.
    """
    BUG_ON(not PageLocked(page))
    BUG_ON(PageSwapCache(page))
    BUG_ON(not PageSwapBacked(page))
    get_page(page)
    SetPageSwapCache(page)
    page.private = entry
    spin_lock(swapper_space.tree_lock)
    BUG_ON(swapper_space.page_tree[entry] is not None)
    swapper_space.page_tree[entry] = page
    spin_unlock(swapper_space.tree_lock)


def add_to_swap_cache(page: Page, entry: int, gfp_mask: int) -> int:
    """The same with memory that may be lacking; 0 or -ENOMEM."""
    error = radix_tree_preload(gfp_mask)
    if error == 0:
        __add_to_swap_cache(page, entry)
    return error


def __delete_from_swap_cache(page: Page) -> None:
    """Out of the tree; its lock and the page's are held."""
    BUG_ON(not PageLocked(page))
    BUG_ON(not PageSwapCache(page))
    BUG_ON(PageWriteback(page))
    swapper_space.page_tree[page.private] = None
    page.private = 0
    ClearPageSwapCache(page)


def add_to_swap(page: Page) -> bool:
    """Give the locked page a slot and put it into the cache; dirty, for it has to be written."""
    BUG_ON(not PageLocked(page))
    BUG_ON(not PageUptodate(page))
    entry = get_swap_page()
    if entry == 0:
        return False
    if add_to_swap_cache(page, entry, GFP_ATOMIC) != 0:
        swapcache_free(entry, None)
        return False
    SetPageDirty(page)
    return True


def delete_from_swap_cache(page: Page) -> None:
    """Take the locked page out; the caller has a reference of its own."""
    entry = page.private
    spin_lock(swapper_space.tree_lock)
    __delete_from_swap_cache(page)
    spin_unlock(swapper_space.tree_lock)
    swapcache_free(entry, page)
    put_page(page)


def free_swap_cache(page: Page) -> None:
    """Try not to leave a page in the cache that nobody maps; a page locked elsewhere stays."""
    if PageSwapCache(page) and not page_mapped(page) and trylock_page(page):
        try_to_free_swap(page)
        unlock_page(page)


def free_page_and_swap_cache(page: Page) -> None:
    """Drop the reference of a pte that is gone."""
    free_swap_cache(page)
    put_page(page)


def lookup_swap_cache(entry: int) -> Page | None:
    """The page in the cache, with a reference and not locked."""
    return find_get_page(swapper_space, entry)


def read_swap_cache_async(entry: int, gfp_mask: int, vma: VmAreaStruct) -> Page | None:
    """The page in the cache, read in if need be, with a reference.

    None if there is no memory, or if the slot was freed meanwhile.
    """
    new_page: Page | None = None
    while True:
        found_page = find_get_page(swapper_space, entry)
        if found_page is not None:
            break
        if new_page is None:
            new_page = alloc_page(gfp_mask)
            if new_page is None:
                break
        if radix_tree_preload(gfp_mask) != 0:
            break
        err = swapcache_prepare(entry)
        # Somebody puts one there, or takes it out, just now: look again.
        if err == -EEXIST:
            continue
        if err != 0:
            break
        SetPageLocked(new_page)
        SetPageSwapBacked(new_page)
        __add_to_swap_cache(new_page, entry)
        lru_cache_add_lru(new_page)
        swap_readpage(new_page)
        return new_page
    if new_page is not None:
        put_page(new_page)
    return found_page
