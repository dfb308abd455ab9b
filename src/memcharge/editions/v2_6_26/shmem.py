# SPDX-License-Identifier: GPL-2.0-only
"""Pages of tmpfs, which charge for each that needs them (mm/shmem.c)."""

from memcharge.editions.v2_6_26.memcontrol import mem_cgroup_cache_charge, mem_cgroup_uncharge_page
from memcharge.editions.v2_6_34.filemap import add_to_page_cache_locked, add_to_page_cache_lru
from memcharge.editions.v2_6_34.page_alloc import alloc_page
from memcharge.editions.v2_6_34.swap import put_page
from memcharge.editions.v2_6_34.swap_state import delete_from_swap_cache
from memcharge.editions.v2_6_34.swapfile import swap_free
from memcharge.kernel import *


def __shmem_getpage_new(mapping: AddressSpace, idx: int) -> tuple[int, Page | None]:
    """Put a new page into the file; the charge made beforehand is one too many after that."""
    filepage = alloc_page(GFP_KERNEL)
    if filepage is None:
        return -ENOMEM, None
    SetPageSwapBacked(filepage)
    error = mem_cgroup_cache_charge(filepage, current.mm, GFP_KERNEL)
    if error != 0:
        put_page(filepage)
        return error, None
    ret = -EEXIST
    spin_lock(mapping.info_lock)
    if mapping.i_direct == 0:
        ret = add_to_page_cache_lru(filepage, mapping, idx, GFP_NOWAIT)
    spin_unlock(mapping.info_lock)
    mem_cgroup_uncharge_page(filepage)
    if ret != 0:
        put_page(filepage)
        return 0, None
    SetPageUptodate(filepage)
    return 0, filepage


def shmem_unuse_inode(mapping: AddressSpace, entry: int, page: Page) -> int:
    """Bring the locked page back into the file if it names the slot: 1, 0, or -ENOMEM."""
    spin_lock(mapping.info_lock)
    found = mapping.i_direct == entry
    spin_unlock(mapping.info_lock)
    if not found:
        return 0
    error = mem_cgroup_cache_charge(page, current.mm, GFP_KERNEL)
    if error == 0:
        inserted = -EEXIST
        spin_lock(mapping.info_lock)
        if mapping.i_direct == entry:
            inserted = add_to_page_cache_locked(page, mapping, 0, GFP_NOWAIT)
        if inserted == 0:
            delete_from_swap_cache(page)
            SetPageDirty(page)
            mapping.i_direct = 0
            swap_free(entry)
        spin_unlock(mapping.info_lock)
        mem_cgroup_uncharge_page(page)
        error = -ENOMEM if inserted == -ENOMEM else 1
    unlock_page(page)
    put_page(page)
    return error
