# SPDX-License-Identifier: GPL-2.0-only
"""Pages of tmpfs and shared anonymous memory (mm/shmem.c)."""

from memcharge.editions.v2_6_34.page_alloc import alloc_page
from memcharge.editions.v2_6_34.radix_tree import radix_tree_preload
from memcharge.editions.v2_6_34.swap import lru_cache_add_lru, put_page
from memcharge.editions.v2_6_34.swap_state import (
    delete_from_swap_cache,
    lookup_swap_cache,
    read_swap_cache_async,
)
from memcharge.editions.v2_6_34.swapfile import swap_free
from memcharge.editions.v3_4.shmem import shmem_unuse_inode
from memcharge.editions.v3_6.filemap import mem_cgroup_replace_page_cache
from memcharge.editions.v3_6.memcontrol import (
    mem_cgroup_cache_charge,
    mem_cgroup_uncharge_cache_page,
)
from memcharge.kernel import *


def shmem_confirm_swap(mapping: AddressSpace, index: int, swap: int) -> bool:
    """Whether the file still names that slot."""
    return mapping.i_direct == swap


def shmem_radix_tree_replace(
    mapping: AddressSpace, index: int, expected: Page, replacement: Page
) -> int:
    """Put one page in the place of another, if that is there; 0 or -ENOENT."""
    if mapping.page_tree[index] is not expected:
        return -ENOENT
    mapping.page_tree[index] = replacement
    return 0


def shmem_should_replace_page(page: Page) -> bool:
    """Whether the page lies in a zone that the device of the file cannot use."""
    return config.zones and page.highmem


def shmem_replacement(swap_index: int) -> Page | None:
    """A new locked page that is to be in the swap cache at that slot; None without memory."""
    newpage = alloc_page(GFP_KERNEL)
    if newpage is not None:
        get_page(newpage)
        SetPageLocked(newpage)
        SetPageUptodate(newpage)
        SetPageSwapBacked(newpage)
        newpage.private = swap_index
        SetPageSwapCache(newpage)
    return newpage


def shmem_drop_replaced(oldpage: Page) -> None:
    """Let go of a page that is not in the swap cache, and of the cache's reference to it."""
    ClearPageSwapCache(oldpage)
    oldpage.private = 0
    unlock_page(oldpage)
    put_page(oldpage)
    put_page(oldpage)


def shmem_replace_page(page: Page) -> tuple[int, Page]:
    """Put a new locked page in the place of the swap cache's; 0 or an error, and which stays."""
    swap_index = page.private
    newpage = shmem_replacement(swap_index)
    if newpage is None:
        return -ENOMEM, page
    spin_lock(swapper_space.tree_lock)
    error = shmem_radix_tree_replace(swapper_space, swap_index, page, newpage)
    spin_unlock(swapper_space.tree_lock)
    if error != 0:
        shmem_drop_replaced(newpage)
        return error, page
    mem_cgroup_replace_page_cache(page, newpage)
    lru_cache_add_lru(newpage)
    shmem_drop_replaced(page)
    return 0, newpage


def shmem_add_to_page_cache(page: Page, mapping: AddressSpace, index: int, expected: int) -> int:
    """Put the charged page where that swap slot is, or nothing; 0, -EEXIST or -ENOENT."""
    error = 0
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
    return error


def shmem_unuse(entry: int, page: Page) -> int:
    """Find the file that names the slot of the locked page; 0 or -ENOMEM, the page is put."""
    error = 0
    # It may have left the swap cache before it was locked.
    if PageSwapCache(page) and page.private == entry:
        error = mem_cgroup_cache_charge(page, current.mm, GFP_KERNEL)
        if error == 0:
            found = 0
            for mapping in each(AddressSpace):
                if found == 0 and mapping.swap_backed and mapping is not swapper_space:
                    found = shmem_unuse_inode(mapping, entry, page)
    unlock_page(page)
    put_page(page)
    return error


def shmem_getpage_swap(mapping: AddressSpace, index: int, swap: int) -> tuple[int, Page | None]:
    """Bring the page back into the file, locked; or an error, -EEXIST to look again.

    The lock may come when the page has left the swap cache, or came back there
    for another; charging it then would be wrong.
    """
    page = lookup_swap_cache(swap)
    if page is None:
        page = read_swap_cache_async(swap, GFP_KERNEL, None)
    if page is None:
        if not shmem_confirm_swap(mapping, index, swap):
            return -EEXIST, None
        return -ENOMEM, None
    lock_page(page)
    if (
        not PageSwapCache(page)
        or page.private != swap
        or not shmem_confirm_swap(mapping, index, swap)
    ):
        unlock_page(page)
        put_page(page)
        return -EEXIST, None
    error = 0 if PageUptodate(page) else -EIO
    if error == 0:
        wait_on_page_writeback(page)
        if shmem_should_replace_page(page):
            error, page = shmem_replace_page(page)
    if error == 0:
        error = mem_cgroup_cache_charge(page, current.mm, GFP_KERNEL)
    if error == 0:
        error = shmem_add_to_page_cache(page, mapping, index, swap)
        BUG_ON(error != 0)
        delete_from_swap_cache(page)
        SetPageDirty(page)
        swap_free(swap)
        return 0, page
    if not shmem_confirm_swap(mapping, index, swap):
        error = -EEXIST
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
        error = radix_tree_preload(GFP_KERNEL)
        if error == 0:
            error = shmem_add_to_page_cache(page, mapping, index, 0)
        if error != 0:
            mem_cgroup_uncharge_cache_page(page)
    if error != 0:
        unlock_page(page)
        put_page(page)
        return error, None
    lru_cache_add_lru(page)
    SetPageUptodate(page)
    return 0, page
