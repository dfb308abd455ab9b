# SPDX-License-Identifier: GPL-2.0-only
"""Taking a swap area out of use (mm/swapfile.c, the part for swapoff).

Every page that is in swap is brought in and mapped for all that name its slot.
"""

from memcharge.editions.v2_6_34.fork import mmput
from memcharge.editions.v2_6_34.memcontrol_swap import (
    mem_cgroup_cancel_charge_swapin,
    mem_cgroup_commit_charge_swapin,
    mem_cgroup_try_charge_swapin,
)
from memcharge.editions.v2_6_34.page_cgroup import swap_cgroup_swapoff
from memcharge.editions.v2_6_34.page_io import end_swap_bio_write, swap_writepage
from memcharge.editions.v2_6_34.rmap import page_add_anon_rmap
from memcharge.editions.v2_6_34.shmem import shmem_unuse
from memcharge.editions.v2_6_34.swap import put_page
from memcharge.editions.v2_6_34.swap_state import delete_from_swap_cache, read_swap_cache_async
from memcharge.editions.v2_6_34.swapfile import swap_count, swap_free
from memcharge.kernel import *


def unuse_pte(vma: VmAreaStruct, entry: int, page: Page) -> int:
    """Map the locked page where the slot is named: 1 if done, 0 if that has changed, or -ENOMEM.

    Whoever owned the page before swap is charged, not who runs swapoff.
    """
    ret, ptr = mem_cgroup_try_charge_swapin(vma.vm_mm, page, GFP_KERNEL)
    if ret != 0:
        return -ENOMEM
    spin_lock(vma.ptl)
    if vma.pte != swp_entry_to_pte(entry):
        mem_cgroup_cancel_charge_swapin(ptr)
        spin_unlock(vma.ptl)
        return 0
    get_page(page)
    vma.pte = mk_pte(page)
    page_add_anon_rmap(page, vma)
    mem_cgroup_commit_charge_swapin(page, ptr)
    swap_free(entry)
    spin_unlock(vma.ptl)
    return 1


def unuse_vma(vma: VmAreaStruct, entry: int, page: Page) -> int:
    """Look without the pte lock first: nobody can add a pte for the slot of a locked page."""
    if vma.pte != swp_entry_to_pte(entry):
        return 0
    return unuse_pte(vma, entry, page)


def unuse_mm(mm: MmStruct, entry: int, page: Page) -> int:
    """The same for an address space: 0 or -ENOMEM; the page lock may be dropped meanwhile."""
    ret = 0
    if not down_read_trylock(mm.mmap_sem):
        unlock_page(page)
        down_read(mm.mmap_sem)
        lock_page(page)
    for vma in each(VmAreaStruct):
        if vma.vm_mm is mm and vma.anon_vma is not None:
            ret = unuse_vma(vma, entry, page)
            if ret != 0:
                break
    up_read(mm.mmap_sem)
    if ret > 0:
        return 0
    return ret


def unuse_all_mm(si: SwapInfoStruct, entry: int, page: Page) -> int:
    """The same for every address space; the kernel's loop over its mmlist in try_to_unuse()."""
    retval = 0
    for mm in each(MmStruct):
        if retval != 0 or swap_count(si.swap_map[swp_offset(entry)]) == 0:
            break
        if atomic_inc_not_zero(mm.mm_users):
            retval = unuse_mm(mm, entry, page)
            mmput(mm)
    return retval


def unuse_cached(si: SwapInfoStruct, entry: int, page: Page) -> None:
    """Take the locked page out of the cache, even if the slot is still named.

    What is named again meanwhile is read from disk into another page, so the
    page is written first.  It may have left the cache by itself before.
    """
    if swap_count(si.swap_map[swp_offset(entry)]) != 0 and PageDirty(page) and PageSwapCache(page):
        if swap_writepage(page):
            end_swap_bio_write(page)
        lock_page(page)
        wait_on_page_writeback(page)
    if PageSwapCache(page) and page.private == entry:
        delete_from_swap_cache(page)
    SetPageDirty(page)
    unlock_page(page)
    put_page(page)


def find_next_to_unuse(si: SwapInfoStruct) -> int:
    """A slot in use, seen without the lock; 0 if there is none."""
    return 1 if si.swap_map[1] != 0 else 0


def try_to_unuse(si: SwapInfoStruct) -> int:
    """Go on until no slot is in use: 0, -ENOMEM or -EINTR."""
    retval = 0
    while retval == 0:
        entry = find_next_to_unuse(si)
        if entry == 0:
            break
        if fatal_signal_pending(current):
            return -EINTR
        page = read_swap_cache_async(entry, GFP_KERNEL, None)
        if page is None:
            if si.swap_map[swp_offset(entry)] == 0:
                continue
            return -ENOMEM
        # A fault that is on its way is quicker: let it go first.
        wait_on_page_locked(page)
        wait_on_page_writeback(page)
        lock_page(page)
        wait_on_page_writeback(page)
        if swap_count(si.swap_map[swp_offset(entry)]) == SWAP_MAP_SHMEM:
            retval = shmem_unuse(entry, page)
            continue
        retval = unuse_all_mm(si, entry, page)
        if retval == 0:
            unuse_cached(si, entry, page)
        else:
            unlock_page(page)
            put_page(page)
    return retval


def sys_swapoff() -> int:
    """Hand out no more slots, empty those in use, and drop all records; 0 or why that failed.

    A slot looks free before its charge ends, which is under the lock: so that
    is taken once more before the records go.
    """
    p = swap_info
    spin_lock(swap_lock)
    p.flags = 0
    spin_unlock(swap_lock)
    current.PF_OOM_ORIGIN = True
    err = try_to_unuse(p)
    current.PF_OOM_ORIGIN = False
    spin_lock(swap_lock)
    if err != 0:
        p.flags = SWP_WRITEOK
    spin_unlock(swap_lock)
    if err == 0:
        swap_cgroup_swapoff()
    return err
