# SPDX-License-Identifier: GPL-2.0-only
"""Pages of tmpfs and shared anonymous memory (mm/shmem.c)."""

from memcharge.editions.v2_6_34.page_alloc import alloc_page
from memcharge.editions.v2_6_34.radix_tree import radix_tree_preload
from memcharge.editions.v2_6_34.swap import lru_cache_add_lru, put_page
from memcharge.editions.v2_6_34.swap_state import lookup_swap_cache
from memcharge.editions.v2_6_34.swapfile import swap_free
from memcharge.editions.v3_6.shmem import (
    shmem_confirm_swap,
    shmem_drop_replaced,
    shmem_radix_tree_replace,
    shmem_replacement,
    shmem_should_replace_page,
)
from memcharge.editions.v3_17.swap_state import delete_from_swap_cache
from memcharge.editions.v6_6.memcontrol import (
    __lruvec_stat_mod_folio,
    mem_cgroup_charge,
    mem_cgroup_migrate,
)
from memcharge.editions.v6_6.swap_state import read_swap_cache_async
from memcharge.kernel import *


def shmem_add_to_page_cache(folio: Page, mapping: AddressSpace, index: int, expected: int) -> int:
    """Put the folio where that swap slot is, or nothing; 0, -ENOMEM or -EEXIST.

    What comes from the swap cache is charged already.
    """
    error = 0
    get_page(folio)
    folio.mapping = mapping
    folio.index = index
    if not PageSwapCache(folio):
        error = mem_cgroup_charge(folio, None, GFP_KERNEL)
    if error == 0 and expected == 0:
        error = radix_tree_preload(GFP_KERNEL)
    if error != 0:
        folio.mapping = None
        put_page(folio)
        return error
    spin_lock(mapping.tree_lock)
    with atomic():
        if mapping.i_direct != expected or mapping.page_tree[index] is not None:
            error = -EEXIST
        else:
            mapping.i_direct = 0
            mapping.page_tree[index] = folio
    if error == 0:
        __lruvec_stat_mod_folio(folio, MEM_CGROUP_STAT_CACHE, 1)
        mapping.nrpages += 1
        spin_unlock(mapping.tree_lock)
    else:
        spin_unlock(mapping.tree_lock)
        folio.mapping = None
        put_page(folio)
    return error


def shmem_delete_from_page_cache(folio: Page, swap: int) -> None:
    """Leave the swap slot where the folio was."""
    mapping = folio.mapping
    spin_lock(mapping.tree_lock)
    with atomic():
        BUG_ON(mapping.page_tree[folio.index] is not folio)
        mapping.page_tree[folio.index] = None
        mapping.i_direct = swap
    folio.mapping = None
    mapping.nrpages -= 1
    __lruvec_stat_mod_folio(folio, MEM_CGROUP_STAT_CACHE, -1)
    spin_unlock(mapping.tree_lock)
    put_page(folio)


def shmem_replace_page(folio: Page) -> tuple[int, Page]:
    """Put a new locked folio in the place of the swap cache's; 0 or an error, and which stays."""
    swap_index = folio.private
    new = shmem_replacement(swap_index)
    if new is None:
        return -ENOMEM, folio
    spin_lock(swapper_space.tree_lock)
    error = shmem_radix_tree_replace(swapper_space, swap_index, folio, new)
    if error == 0:
        mem_cgroup_migrate(folio, new)
    spin_unlock(swapper_space.tree_lock)
    if error != 0:
        shmem_drop_replaced(new)
        return error, folio
    lru_cache_add_lru(new)
    shmem_drop_replaced(folio)
    return 0, new


def shmem_getpage_swap(mapping: AddressSpace, index: int, swap: int) -> tuple[int, Page | None]:
    """Bring the folio back into the file, locked; or an error; now shmem_swapin_folio()."""
    folio = lookup_swap_cache(swap)
    if folio is None:
        folio = read_swap_cache_async(swap, GFP_KERNEL, None)
    if folio is None:
        if not shmem_confirm_swap(mapping, index, swap):
            return -EEXIST, None
        return -ENOMEM, None
    lock_page(folio)
    if (
        not PageSwapCache(folio)
        or folio.private != swap
        or not shmem_confirm_swap(mapping, index, swap)
    ):
        unlock_page(folio)
        put_page(folio)
        return -EEXIST, None
    error = 0 if PageUptodate(folio) else -EIO
    if error == 0:
        wait_on_page_writeback(folio)
        if shmem_should_replace_page(folio):
            error, folio = shmem_replace_page(folio)
    if error == 0:
        error = shmem_add_to_page_cache(folio, mapping, index, swap)
    if error == 0:
        delete_from_swap_cache(folio)
        SetPageDirty(folio)
        swap_free(swap)
        return 0, folio
    if not shmem_confirm_swap(mapping, index, swap):
        error = -EEXIST
    unlock_page(folio)
    put_page(folio)
    return error, None


def shmem_getpage_new(mapping: AddressSpace, index: int) -> tuple[int, Page | None]:
    """Put a new folio into the file, locked; or an error, -EEXIST to look again."""
    folio = alloc_page(GFP_KERNEL)
    if folio is None:
        return -ENOMEM, None
    SetPageLocked(folio)
    SetPageSwapBacked(folio)
    error = shmem_add_to_page_cache(folio, mapping, index, 0)
    if error != 0:
        unlock_page(folio)
        put_page(folio)
        return error, None
    lru_cache_add_lru(folio)
    SetPageUptodate(folio)
    return 0, folio


def shmem_unuse_inode(mapping: AddressSpace, entry: int, folio: Page) -> int:
    """Bring the locked folio back into the file: 0, -EEXIST, or -EAGAIN if it is not this file's.

    What does not get there stays in the swap cache.
    """
    if mapping.i_direct != entry:
        return -EAGAIN
    error = shmem_add_to_page_cache(folio, mapping, 0, entry)
    if error == 0:
        delete_from_swap_cache(folio)
        SetPageDirty(folio)
        swap_free(entry)
    return error


def shmem_unuse(entry: int, folio: Page) -> int:
    """Find the file that names the slot of the locked folio; 0, the folio is put.

    The kernel brings in file by file what each has in swap.
    """
    if PageSwapCache(folio) and folio.private == entry:
        found = -EAGAIN
        for mapping in each(AddressSpace):
            if found == -EAGAIN and mapping.swap_backed and mapping is not swapper_space:
                found = shmem_unuse_inode(mapping, entry, folio)
    unlock_page(folio)
    put_page(folio)
    return 0
