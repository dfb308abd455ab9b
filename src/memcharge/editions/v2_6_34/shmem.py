# SPDX-License-Identifier: GPL-2.0-only
"""Pages of tmpfs and shared anonymous memory (mm/shmem.c).

Such a page is in its file's tree, or in swap, where the file's `i_direct` says;
in between it is in the swap cache, still charged although no file has it.
"""

from memcharge.editions.v2_6_34.filemap import (
    VM_FAULT_OOM,
    add_to_page_cache_locked,
    add_to_page_cache_lru,
    find_lock_page,
    remove_from_page_cache,
)
from memcharge.editions.v2_6_34.memcontrol import (
    mem_cgroup_cache_charge,
    mem_cgroup_uncharge_cache_page,
)
from memcharge.editions.v2_6_34.memcontrol_swap import mem_cgroup_shmem_charge_fallback
from memcharge.editions.v2_6_34.page_alloc import alloc_page
from memcharge.editions.v2_6_34.page_io import swap_writepage
from memcharge.editions.v2_6_34.swap import put_page
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
from memcharge.editions.v2_6_34.truncate import truncate_inode_pages
from memcharge.kernel import *


def shmem_writepage(page: Page) -> tuple[bool, bool]:
    """Move the locked page from its file to swap: whether it stays locked, or the disk has got it.

    It is in the swap cache before it leaves the file, so it is not uncharged.
    """
    mapping = page.mapping
    swap = get_swap_page()
    spin_lock(mapping.info_lock)
    BUG_ON(mapping.i_direct != 0)
    if swap != 0 and add_to_swap_cache(page, swap, GFP_ATOMIC) == 0:
        remove_from_page_cache(page)
        mapping.i_direct = swap
        spin_unlock(mapping.info_lock)
        swap_shmem_alloc(swap)
        BUG_ON(page_mapped(page))
        put_page(page)
        return False, swap_writepage(page)
    spin_unlock(mapping.info_lock)
    swapcache_free(swap, None)
    SetPageDirty(page)
    return True, False


def shmem_swapin(mapping: AddressSpace, swap: int) -> int:
    """Read the page into the swap cache; 0 to look again, or -ENOMEM."""
    error = 0
    swappage = read_swap_cache_async(swap, GFP_KERNEL, None)
    if swappage is None:
        spin_lock(mapping.info_lock)
        if mapping.i_direct == swap:
            error = -ENOMEM
        spin_unlock(mapping.info_lock)
        return error
    wait_on_page_locked(swappage)
    put_page(swappage)
    return 0


def __shmem_getpage_swap(mapping: AddressSpace, idx: int, swap: int) -> tuple[int, Page | None]:
    """Bring the page back into the file; no page and no error: look again.

    The file's swap entries are locked by the caller and unlocked here.
    """
    swappage = lookup_swap_cache(swap)
    if swappage is None:
        spin_unlock(mapping.info_lock)
        return shmem_swapin(mapping, swap), None
    if not trylock_page(swappage):
        spin_unlock(mapping.info_lock)
        wait_on_page_locked(swappage)
        put_page(swappage)
        return 0, None
    if PageWriteback(swappage):
        spin_unlock(mapping.info_lock)
        wait_on_page_writeback(swappage)
        unlock_page(swappage)
        put_page(swappage)
        return 0, None
    error = add_to_page_cache_locked(swappage, mapping, idx, GFP_NOWAIT)
    if error == 0:
        mapping.i_direct = 0
        delete_from_swap_cache(swappage)
        spin_unlock(mapping.info_lock)
        SetPageDirty(swappage)
        swap_free(swap)
        return 0, swappage
    spin_unlock(mapping.info_lock)
    if error == -ENOMEM:
        # Under the spinlock nobody could wait; here the charge may reclaim or kill.
        error = mem_cgroup_shmem_charge_fallback(swappage, current.mm, GFP_KERNEL)
    else:
        error = 0
    unlock_page(swappage)
    put_page(swappage)
    return error, None


def __shmem_getpage_new(mapping: AddressSpace, idx: int) -> tuple[int, Page | None]:
    """Put a new page into the file; no page and no error: look again.

    It is charged before the insertion, where the charge may sleep and call the
    OOM killer.  The insertion charges again, without waiting, and undoes the
    charge if somebody was faster.
    """
    filepage = alloc_page(GFP_KERNEL)
    if filepage is None:
        return -ENOMEM, None
    SetPageSwapBacked(filepage)
    error = mem_cgroup_cache_charge(filepage, current.mm, GFP_KERNEL)
    if error != 0:
        put_page(filepage)
        return error, None
    spin_lock(mapping.info_lock)
    if mapping.i_direct != 0:
        mem_cgroup_uncharge_cache_page(filepage)
        ret = -EEXIST
    else:
        ret = add_to_page_cache_lru(filepage, mapping, idx, GFP_NOWAIT)
    spin_unlock(mapping.info_lock)
    if ret != 0:
        put_page(filepage)
        return 0, None
    SetPageUptodate(filepage)
    return 0, filepage


def shmem_getpage(mapping: AddressSpace, idx: int) -> tuple[int, Page | None]:
    """The page of the file, locked: from its tree, from swap, or a new one."""
    while True:
        filepage = find_lock_page(mapping, idx)
        if filepage is not None:
            return 0, filepage
        spin_lock(mapping.info_lock)
        swap = mapping.i_direct
        if swap != 0:
            error, filepage = __shmem_getpage_swap(mapping, idx, swap)
        else:
            spin_unlock(mapping.info_lock)
            error, filepage = __shmem_getpage_new(mapping, idx)
        if error != 0 or filepage is not None:
            return error, filepage


def shmem_unuse_inode(mapping: AddressSpace, entry: int, page: Page) -> int:
    """Bring the locked page back into the file if it names the slot: 1, 0 if it does not, -ENOMEM.

    The page is charged first, while the charge may wait, and the insertion
    finds it charged.  If it was found, it is unlocked and put.
    """
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
        else:
            mem_cgroup_uncharge_cache_page(page)
        if inserted == 0:
            delete_from_swap_cache(page)
            SetPageDirty(page)
            mapping.i_direct = 0
            swap_free(entry)
        spin_unlock(mapping.info_lock)
        error = -ENOMEM if inserted == -ENOMEM else 1
    unlock_page(page)
    put_page(page)
    return error


def shmem_unuse(entry: int, page: Page) -> int:
    """Find the file that names the slot of the locked page; 0 or -ENOMEM, the page is put."""
    found = 0
    for mapping in each(AddressSpace):
        if found == 0 and mapping.swap_backed and mapping is not swapper_space:
            found = shmem_unuse_inode(mapping, entry, page)
    if found == 0:
        unlock_page(page)
        put_page(page)
    if found > 0:
        return 0
    return found


def shmem_fault(vma: VmAreaStruct) -> tuple[int, Page | None]:
    """The page that belongs at the fault, locked and with a reference."""
    error, page = shmem_getpage(vma.vm_file, vma.vm_pgoff)
    if error != 0:
        return VM_FAULT_OOM, None
    return 0, page


def shmem_truncate_range(mapping: AddressSpace, start: int) -> None:
    """Free the file's swap slot, and what came back from swap after the tree was emptied."""
    spin_lock(mapping.info_lock)
    swap = mapping.i_direct
    if swap != 0:
        free_swap_and_cache(swap)
        mapping.i_direct = 0
    spin_unlock(mapping.info_lock)
    if mapping.nrpages != 0:
        truncate_inode_pages(mapping, start)
