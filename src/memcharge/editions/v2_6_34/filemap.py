# SPDX-License-Identifier: GPL-2.0-only
"""The page cache (mm/filemap.c)."""

from memcharge.editions.v2_6_34.memcontrol import (
    mem_cgroup_cache_charge,
    mem_cgroup_uncharge_cache_page,
)
from memcharge.editions.v2_6_34.page_alloc import alloc_page
from memcharge.editions.v2_6_34.radix_tree import radix_tree_preload
from memcharge.editions.v2_6_34.swap import lru_cache_add_lru, put_page
from memcharge.kernel import *

VM_FAULT_OOM = 1


def find_get_page(mapping: AddressSpace, offset: int) -> Page | None:
    """The page in that slot, with a reference taken without a lock.

    The count may be zero or the slot may change before the reference is held;
    then look again.
    """
    while True:
        page = mapping.page_tree[offset]
        if page is None:
            return None
        if not get_page_unless_zero(page):
            continue
        if page is mapping.page_tree[offset]:
            return page
        put_page(page)


def find_lock_page(mapping: AddressSpace, offset: int) -> Page | None:
    """The same, locked, and still of this mapping."""
    while True:
        page = find_get_page(mapping, offset)
        if page is None:
            return None
        lock_page(page)
        if page.mapping is mapping:
            return page
        unlock_page(page)
        put_page(page)


def add_to_page_cache_locked(page: Page, mapping: AddressSpace, offset: int, gfp_mask: int) -> int:
    """Charge the locked page, then put it into the tree; 0, -ENOMEM or -EEXIST."""
    error = mem_cgroup_cache_charge(page, current.mm, gfp_mask)
    if error != 0:
        return error
    error = radix_tree_preload(gfp_mask)
    if error != 0:
        mem_cgroup_uncharge_cache_page(page)
        return error
    get_page(page)
    page.mapping = mapping
    page.index = offset
    spin_lock(mapping.tree_lock)
    if mapping.page_tree[offset] is None:
        mapping.page_tree[offset] = page
        mapping.nrpages += 1
        spin_unlock(mapping.tree_lock)
    else:
        page.mapping = None
        spin_unlock(mapping.tree_lock)
        mem_cgroup_uncharge_cache_page(page)
        put_page(page)
        error = -EEXIST
    return error


def add_to_page_cache(page: Page, mapping: AddressSpace, offset: int, gfp_mask: int) -> int:
    """Lock a new page and insert it; it stays locked if that worked."""
    SetPageLocked(page)
    error = add_to_page_cache_locked(page, mapping, offset, gfp_mask)
    if error != 0:
        ClearPageLocked(page)
    return error


def add_to_page_cache_lru(page: Page, mapping: AddressSpace, offset: int, gfp_mask: int) -> int:
    """The same, and put it on the LRU; the charge needs to know shmem pages beforehand."""
    if mapping.swap_backed:
        SetPageSwapBacked(page)
    ret = add_to_page_cache(page, mapping, offset, gfp_mask)
    if ret == 0:
        lru_cache_add_lru(page)
    return ret


def __remove_from_page_cache(page: Page) -> None:
    """Out of the tree; its lock and the page's are held."""
    mapping = page.mapping
    mapping.page_tree[page.index] = None
    page.mapping = None
    mapping.nrpages -= 1
    BUG_ON(page_mapped(page))


def remove_from_page_cache(page: Page) -> None:
    """Out of the tree, then uncharge: never under the tree lock (e767e0561d7f)."""
    mapping = page.mapping
    BUG_ON(not PageLocked(page))
    spin_lock(mapping.tree_lock)
    __remove_from_page_cache(page)
    spin_unlock(mapping.tree_lock)
    mem_cgroup_uncharge_cache_page(page)


def end_page_writeback(page: Page) -> None:
    """The disk is done."""
    ended = TestClearPageWriteback(page)
    BUG_ON(not ended)


def page_cache_read(mapping: AddressSpace, offset: int) -> int:
    """Read a page in; that somebody else was faster is as good."""
    page = alloc_page(GFP_KERNEL)
    if page is None:
        return -ENOMEM
    ret = add_to_page_cache_lru(page, mapping, offset, GFP_KERNEL)
    if ret == 0:
        SetPageUptodate(page)
        unlock_page(page)
    elif ret == -EEXIST:
        ret = 0
    put_page(page)
    return ret


def filemap_fault(vma: VmAreaStruct) -> tuple[int, Page | None]:
    """The page that belongs at the fault, locked and with a reference."""
    mapping = vma.vm_file
    offset = vma.vm_pgoff
    page = find_get_page(mapping, offset)
    if page is not None:
        lock_page(page)
        if page.mapping is mapping:
            return 0, page
        # Truncated or moved away meanwhile: read it in, which finds out.
        unlock_page(page)
        put_page(page)
    else:
        page = find_lock_page(mapping, offset)
        if page is not None:
            return 0, page
    while True:
        if page_cache_read(mapping, offset) < 0:
            return VM_FAULT_OOM, None
        page = find_lock_page(mapping, offset)
        if page is not None:
            return 0, page
