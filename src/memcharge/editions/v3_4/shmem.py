# SPDX-License-Identifier: GPL-2.0-only
"""Pages of tmpfs and shared anonymous memory (mm/shmem.c).

The file's tree holds either the page or, as an exceptional entry, the swap slot;
both are one word there, so a look and a change of both is one step here.
"""

from memcharge.editions.v2_6_34.memcontrol import mem_cgroup_uncharge_cache_page
from memcharge.editions.v2_6_34.page_alloc import alloc_page
from memcharge.editions.v2_6_34.page_io import swap_writepage
from memcharge.editions.v2_6_34.radix_tree import radix_tree_preload
from memcharge.editions.v2_6_34.swap import lru_cache_add_lru, put_page
from memcharge.editions.v2_6_34.swap_state import (
    add_to_swap_cache,
    delete_from_swap_cache,
    lookup_swap_cache,
    read_swap_cache_async,
)
from memcharge.editions.v2_6_34.swapfile import (
    free_swap_and_cache,
    get_swap_page,
    swap_free,
    swap_shmem_alloc,
    swapcache_free,
)
from memcharge.editions.v2_6_34.truncate import truncate_inode_page
from memcharge.editions.v3_4.memcontrol import mem_cgroup_cache_charge
from memcharge.kernel import *


def shmem_find_get_entry(mapping: AddressSpace, index: int) -> tuple[Page | None, int]:
    """What the file has there: a page, with a reference; or a swap slot; or nothing."""
    while True:
        with atomic():
            page = mapping.page_tree[index]
            swap = mapping.i_direct
        if page is None:
            return None, swap
        if not get_page_unless_zero(page):
            continue
        if page is mapping.page_tree[index]:
            return page, 0
        put_page(page)


def shmem_find_lock_entry(mapping: AddressSpace, index: int) -> tuple[Page | None, int]:
    """The same with the page locked, and still of this file."""
    while True:
        page, swap = shmem_find_get_entry(mapping, index)
        if page is None:
            return None, swap
        lock_page(page)
        if page.mapping is mapping:
            return page, 0
        unlock_page(page)
        put_page(page)


def shmem_add_to_page_cache(page: Page, mapping: AddressSpace, index: int, expected: int) -> int:
    """Put the charged page where that swap slot is, or nothing; 0 or an error.

    Nothing new is needed to put it in place of a slot.
    """
    error = 0
    if expected == 0:
        error = radix_tree_preload(GFP_KERNEL)
    if error != 0:
        mem_cgroup_uncharge_cache_page(page)
        return error
    get_page(page)
    page.mapping = mapping
    page.index = index
    spin_lock(mapping.tree_lock)
    with atomic():
        if mapping.i_direct != expected or mapping.page_tree[index] is not None:
            error = -EEXIST if expected == 0 else -ENOENT
        else:
            mapping.i_direct = 0
            mapping.page_tree[index] = page
    if error == 0:
        mapping.nrpages += 1
        spin_unlock(mapping.tree_lock)
    else:
        page.mapping = None
        spin_unlock(mapping.tree_lock)
        put_page(page)
        mem_cgroup_uncharge_cache_page(page)
    return error


def shmem_delete_from_page_cache(page: Page, swap: int) -> None:
    """Leave the swap slot where the page was.  It is in the swap cache, so it stays charged."""
    mapping = page.mapping
    spin_lock(mapping.tree_lock)
    with atomic():
        BUG_ON(mapping.page_tree[page.index] is not page)
        mapping.page_tree[page.index] = None
        mapping.i_direct = swap
    page.mapping = None
    mapping.nrpages -= 1
    spin_unlock(mapping.tree_lock)
    put_page(page)


def shmem_free_swap(mapping: AddressSpace, index: int, swap: int) -> int:
    """Take the slot out of the file, if it is there still, and let go of it; 0 or -ENOENT."""
    error = 0
    spin_lock(mapping.tree_lock)
    if mapping.i_direct == swap:
        mapping.i_direct = 0
    else:
        error = -ENOENT
    spin_unlock(mapping.tree_lock)
    if error == 0:
        free_swap_and_cache(swap)
    return error


def shmem_writepage(page: Page) -> tuple[bool, bool]:
    """Move the locked page from its file to swap: whether it stays locked, or the disk has got it.

    The slot counts the file before the file names it (826267cf1e6c).
    """
    swap = get_swap_page()
    if swap != 0:
        if add_to_swap_cache(page, swap, GFP_ATOMIC) == 0:
            swap_shmem_alloc(swap)
            shmem_delete_from_page_cache(page, swap)
            BUG_ON(page_mapped(page))
            return False, swap_writepage(page)
        swapcache_free(swap, None)
    SetPageDirty(page)
    return True, False


def shmem_getpage_swap(mapping: AddressSpace, index: int, swap: int) -> tuple[int, Page | None]:
    """Bring the page back into the file, locked; or an error, -EEXIST to look again.

    The part of shmem_getpage_gfp() for a swap slot.
    """
    page = lookup_swap_cache(swap)
    if page is None:
        page = read_swap_cache_async(swap, GFP_KERNEL, None)
    error = -ENOMEM
    if page is not None:
        lock_page(page)
        error = 0 if PageUptodate(page) else -EIO
    if error == 0:
        wait_on_page_writeback(page)
        if page.mapping is not None:
            # Somebody may have done it already.
            if page.mapping is mapping and page.index == index:
                return 0, page
            error = -EEXIST
        else:
            error = mem_cgroup_cache_charge(page, current.mm, GFP_KERNEL)
            if error == 0:
                error = shmem_add_to_page_cache(page, mapping, index, swap)
    if error == 0:
        delete_from_swap_cache(page)
        SetPageDirty(page)
        swap_free(swap)
        return 0, page
    if mapping.i_direct != swap:
        error = -EEXIST
    if page is not None:
        unlock_page(page)
        put_page(page)
    return error, None


def shmem_getpage_new(mapping: AddressSpace, index: int) -> tuple[int, Page | None]:
    """Put a new page into the file, locked; or an error, -EEXIST to look again."""
    page = alloc_page(GFP_KERNEL)
    if page is None:
        return -ENOMEM, None
    SetPageSwapBacked(page)
    SetPageLocked(page)
    error = mem_cgroup_cache_charge(page, current.mm, GFP_KERNEL)
    if error == 0:
        error = shmem_add_to_page_cache(page, mapping, index, 0)
    if error != 0:
        unlock_page(page)
        put_page(page)
        return error, None
    lru_cache_add_lru(page)
    SetPageUptodate(page)
    return 0, page


def shmem_getpage(mapping: AddressSpace, idx: int) -> tuple[int, Page | None]:
    """The page of the file, locked: from its tree, from swap, or a new one."""
    while True:
        page, swap = shmem_find_lock_entry(mapping, idx)
        if page is not None:
            return 0, page
        if swap != 0:
            error, page = shmem_getpage_swap(mapping, idx, swap)
        else:
            error, page = shmem_getpage_new(mapping, idx)
        if error != -EEXIST:
            return error, page


def shmem_truncate_range(mapping: AddressSpace, start: int) -> None:
    """Empty the file's tree of pages and of swap slots."""
    while True:
        page, swap = shmem_find_get_entry(mapping, start)
        if page is not None:
            lock_page(page)
            if page.mapping is mapping:
                BUG_ON(PageWriteback(page))
                truncate_inode_page(mapping, page)
            unlock_page(page)
            put_page(page)
        elif swap != 0:
            shmem_free_swap(mapping, start, swap)
        else:
            break


def shmem_unuse_inode(mapping: AddressSpace, entry: int, page: Page) -> int:
    """Bring the charged, locked page back: 1, or 0 if the file does not name the slot."""
    if mapping.i_direct != entry:
        return 0
    error = shmem_add_to_page_cache(page, mapping, 0, entry)
    delete_from_swap_cache(page)
    SetPageDirty(page)
    if error == 0:
        swap_free(entry)
    return 1


def shmem_unuse(entry: int, page: Page) -> int:
    """Find the file that names the slot of the locked page; 0 or -ENOMEM, the page is put.

    The page is charged while the charge may wait, found or not.
    """
    error = mem_cgroup_cache_charge(page, current.mm, GFP_KERNEL)
    if error == 0:
        found = 0
        for mapping in each(AddressSpace):
            if found == 0 and mapping.swap_backed and mapping is not swapper_space:
                found = shmem_unuse_inode(mapping, entry, page)
    unlock_page(page)
    put_page(page)
    return error
