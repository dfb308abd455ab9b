# SPDX-License-Identifier: GPL-2.0-only
"""The swap cache (mm/swap_state.c, mm/swapfile.c): a page that leaves it keeps its charge."""

from memcharge.editions.v2_6_34.swap import put_page
from memcharge.editions.v2_6_34.swap_state import __delete_from_swap_cache, add_to_swap_cache
from memcharge.editions.v2_6_34.swapfile import get_swap_page, swap_entry_free, swap_info_get
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
