# SPDX-License-Identifier: GPL-2.0-only
"""The swap cache (mm/swap_state.c): what is read into it is charged before that."""

from memcharge.editions.v2_6_34.filemap import find_get_page
from memcharge.editions.v2_6_34.page_alloc import alloc_page
from memcharge.editions.v2_6_34.page_io import swap_readpage
from memcharge.editions.v2_6_34.swap import lru_cache_add_lru, put_page
from memcharge.editions.v2_6_34.swap_state import add_to_swap_cache
from memcharge.editions.v2_6_34.swapfile import swapcache_prepare
from memcharge.editions.v3_17.swap_state import swapcache_free
from memcharge.editions.v6_6.memcontrol import (
    mem_cgroup_swapin_charge_folio,
    mem_cgroup_swapin_uncharge_swap,
)
from memcharge.kernel import *


def read_swap_cache_async(entry: int, gfp_mask: int, vma: VmAreaStruct) -> Page | None:
    """The folio in the cache, read in and charged if need be, with a reference.

    None if there is no memory, or if the slot was freed meanwhile.
    """
    while True:
        folio = find_get_page(swapper_space, entry)
        if folio is not None:
            return folio
        folio = alloc_page(gfp_mask)
        if folio is None:
            return None
        err = swapcache_prepare(entry)
        if err == 0:
            break
        put_page(folio)
        # Somebody puts one there, or takes it out, just now: look again.
        if err != -EEXIST:
            return None
    SetPageLocked(folio)
    SetPageSwapBacked(folio)
    failed = mem_cgroup_swapin_charge_folio(folio, None, gfp_mask, entry) != 0
    if not failed:
        failed = add_to_swap_cache(folio, entry, gfp_mask) != 0
    if failed:
        swapcache_free(entry)
        unlock_page(folio)
        put_page(folio)
        return None
    mem_cgroup_swapin_uncharge_swap(entry)
    lru_cache_add_lru(folio)
    swap_readpage(folio)
    return folio
