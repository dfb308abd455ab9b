# SPDX-License-Identifier: GPL-2.0-only
"""Swap slots and how often they are used (mm/swapfile.c)."""

from memcharge.editions.v2_6_34.filemap import find_get_page
from memcharge.editions.v2_6_34.swap import put_page
from memcharge.editions.v2_6_34.swapfile import swap_count, swap_info_get, try_to_free_swap
from memcharge.editions.v4_6.swapfile import swap_entry_free
from memcharge.kernel import *


def swap_swapcount(p: SwapInfoStruct, entry: int) -> int:
    """How many ptes name the slot."""
    spin_lock(swap_lock)
    count = swap_count(p.swap_map[swp_offset(entry)])
    spin_unlock(swap_lock)
    return count


def __try_to_reclaim_swap(entry: int) -> None:
    """Let the folio in the cache go that nobody maps, if its lock is free."""
    folio = find_get_page(swapper_space, entry)
    if folio is None:
        return
    if trylock_page(folio):
        if not page_mapped(folio):
            try_to_free_swap(folio)
        unlock_page(folio)
    put_page(folio)


def free_swap_and_cache(entry: int) -> bool:
    """Like swap_free(), and let the folio in the cache go that nobody will ask for.

    It is looked for without the slot's lock, so all is asked again.
    """
    p = swap_info_get(entry)
    if p is not None:
        count = swap_entry_free(p, entry, 1)
        spin_unlock(swap_lock)
        if count == SWAP_HAS_CACHE and swap_swapcount(p, entry) == 0:
            __try_to_reclaim_swap(entry)
    return p is not None
