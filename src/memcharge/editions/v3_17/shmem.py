# SPDX-License-Identifier: GPL-2.0-only
"""Pages of tmpfs and shared anonymous memory (mm/shmem.c)."""

from memcharge.editions.v2_6_34.page_alloc import alloc_page
from memcharge.editions.v2_6_34.page_io import swap_writepage
from memcharge.editions.v2_6_34.radix_tree import radix_tree_preload
from memcharge.editions.v2_6_34.swap import lru_cache_add_lru, put_page
from memcharge.editions.v2_6_34.swap_state import (
    add_to_swap_cache,
    lookup_swap_cache,
    read_swap_cache_async,
)
from memcharge.editions.v2_6_34.swapfile import get_swap_page, swap_free, swap_shmem_alloc
from memcharge.editions.v3_4.shmem import shmem_delete_from_page_cache
from memcharge.editions.v3_6.shmem import (
    shmem_add_to_page_cache,
    shmem_confirm_swap,
    shmem_drop_replaced,
    shmem_radix_tree_replace,
    shmem_replacement,
    shmem_should_replace_page,
)
from memcharge.editions.v3_17.memcontrol import (
    mem_cgroup_cancel_charge,
    mem_cgroup_commit_charge,
    mem_cgroup_migrate,
    mem_cgroup_try_charge,
)
from memcharge.editions.v3_17.swap_state import delete_from_swap_cache, swapcache_free
from memcharge.kernel import *


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
        swapcache_free(swap)
    SetPageDirty(page)
    return True, False


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
    mem_cgroup_migrate(page, newpage, False)
    lru_cache_add_lru(newpage)
    shmem_drop_replaced(page)
    return 0, newpage


def shmem_getpage_swap(mapping: AddressSpace, index: int, swap: int) -> tuple[int, Page | None]:
    """Bring the page back into the file, locked; or an error, -EEXIST to look again.

    The slot may be truncated while its page is locked (215c02bc33bb).
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
    memcg: MemCgroup | None = None
    if error == 0:
        wait_on_page_writeback(page)
        if shmem_should_replace_page(page):
            error, page = shmem_replace_page(page)
    if error == 0:
        error, memcg = mem_cgroup_try_charge(page, current.mm, GFP_KERNEL)
        if error == 0:
            error = shmem_add_to_page_cache(page, mapping, index, swap)
            if error != 0:
                mem_cgroup_cancel_charge(page, memcg)
                delete_from_swap_cache(page)
    if error == 0:
        mem_cgroup_commit_charge(page, memcg, True)
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
    error, memcg = mem_cgroup_try_charge(page, current.mm, GFP_KERNEL)
    if error == 0:
        error = radix_tree_preload(GFP_KERNEL)
        if error == 0:
            error = shmem_add_to_page_cache(page, mapping, index, 0)
        if error != 0:
            mem_cgroup_cancel_charge(page, memcg)
    if error != 0:
        unlock_page(page)
        put_page(page)
        return error, None
    mem_cgroup_commit_charge(page, memcg, False)
    lru_cache_add_lru(page)
    SetPageUptodate(page)
    return 0, page


def shmem_unuse_inode(mapping: AddressSpace, entry: int, page: Page) -> int:
    """Bring the locked page back into the file: 0, -ENOENT, or -EAGAIN if it is not this file's."""
    if mapping.i_direct != entry:
        return -EAGAIN
    error = shmem_add_to_page_cache(page, mapping, 0, entry)
    delete_from_swap_cache(page)
    SetPageDirty(page)
    if error == 0:
        swap_free(entry)
    return error


def shmem_unuse(entry: int, page: Page) -> int:
    """Find the file that names the slot of the locked page; 0 or -ENOMEM, the page is put."""
    error = 0
    if PageSwapCache(page) and page.private == entry:
        error, memcg = mem_cgroup_try_charge(page, current.mm, GFP_KERNEL)
        if error == 0:
            found = -EAGAIN
            for mapping in each(AddressSpace):
                if found == -EAGAIN and mapping.swap_backed and mapping is not swapper_space:
                    found = shmem_unuse_inode(mapping, entry, page)
            if found == 0:
                mem_cgroup_commit_charge(page, memcg, True)
            else:
                mem_cgroup_cancel_charge(page, memcg)
    unlock_page(page)
    put_page(page)
    return error
