# SPDX-License-Identifier: GPL-2.0-only
"""Page faults (mm/memory.c) and swapoff's (mm/swapfile.c)."""

from memcharge.editions.v2_6_34.filemap import VM_FAULT_OOM
from memcharge.editions.v2_6_34.memory import do_wp_page, vm_ops_fault
from memcharge.editions.v2_6_34.migrate import migration_entry_wait
from memcharge.editions.v2_6_34.page_alloc import alloc_page
from memcharge.editions.v2_6_34.rmap import __page_set_anon_rmap, page_add_anon_rmap
from memcharge.editions.v2_6_34.swap import lru_cache_add_lru, put_page
from memcharge.editions.v2_6_34.swap_state import lookup_swap_cache, read_swap_cache_async
from memcharge.editions.v2_6_34.swapfile import (
    reuse_swap_page,
    swap_free,
    try_to_free_swap,
    vm_swap_full,
)
from memcharge.editions.v3_17.memcontrol import (
    mem_cgroup_cancel_charge,
    mem_cgroup_commit_charge,
    mem_cgroup_try_charge,
)
from memcharge.editions.v3_17.rmap import page_remove_rmap
from memcharge.kernel import *


def page_add_new_anon_rmap(page: Page, vma: VmAreaStruct) -> None:
    """The first pte maps an anonymous page; it is charged before the LRU gets it (mm/rmap.c)."""
    SetPageSwapBacked(page)
    atomic_set(page._mapcount, 0)
    __page_set_anon_rmap(page, vma)


def do_anonymous_page(mm: MmStruct, vma: VmAreaStruct, flags: int) -> int:
    """Map a new page, charged before the pte lock is taken; a reader gets the page of zeroes."""
    if flags & FAULT_FLAG_WRITE == 0:
        spin_lock(vma.ptl)
        if pte_none(vma.pte):
            vma.pte = zero_pte()
        spin_unlock(vma.ptl)
        return 0
    page = alloc_page(GFP_KERNEL)
    if page is None:
        return VM_FAULT_OOM
    SetPageUptodate(page)
    ret, memcg = mem_cgroup_try_charge(page, mm, GFP_KERNEL)
    if ret != 0:
        put_page(page)
        return VM_FAULT_OOM
    spin_lock(vma.ptl)
    if pte_none(vma.pte):
        page_add_new_anon_rmap(page, vma)
        mem_cgroup_commit_charge(page, memcg, False)
        lru_cache_add_lru(page)
        vma.pte = pte_mkwrite(mk_pte(page))
    else:
        mem_cgroup_cancel_charge(page, memcg)
        put_page(page)
    spin_unlock(vma.ptl)
    return 0


def do_cow_fault(mm: MmStruct, vma: VmAreaStruct, orig_pte: int) -> int:
    """Map a copy of a file's page, which stays locked until then, for one who writes privately."""
    new_page = alloc_page(GFP_KERNEL)
    if new_page is None:
        return VM_FAULT_OOM
    ret, memcg = mem_cgroup_try_charge(new_page, mm, GFP_KERNEL)
    if ret != 0:
        put_page(new_page)
        return VM_FAULT_OOM
    ret, fault_page = vm_ops_fault(vma)
    mapped = False
    if ret == 0:
        SetPageUptodate(new_page)
        spin_lock(vma.ptl)
        mapped = vma.pte == orig_pte
        if mapped:
            page_add_new_anon_rmap(new_page, vma)
            vma.pte = pte_mkwrite(mk_pte(new_page))
            mem_cgroup_commit_charge(new_page, memcg, False)
            lru_cache_add_lru(new_page)
        spin_unlock(vma.ptl)
        unlock_page(fault_page)
        put_page(fault_page)
    if not mapped:
        mem_cgroup_cancel_charge(new_page, memcg)
        put_page(new_page)
    return ret


def wp_page_copy(mm: MmStruct, vma: VmAreaStruct, orig_pte: int, old_page: Page | None) -> int:
    """Map a copy instead; the second half of do_wp_page(), which later kernels call so."""
    ret = 0
    memcg: MemCgroup | None = None
    gone = alloc_page(GFP_KERNEL)
    if gone is None:
        ret = VM_FAULT_OOM
    else:
        SetPageUptodate(gone)
        ret, memcg = mem_cgroup_try_charge(gone, mm, GFP_KERNEL)
        if ret != 0:
            put_page(gone)
            ret = VM_FAULT_OOM
    if ret == 0:
        spin_lock(vma.ptl)
        if vma.pte == orig_pte:
            ptep_clear_flush(vma)
            page_add_new_anon_rmap(gone, vma)
            mem_cgroup_commit_charge(gone, memcg, False)
            lru_cache_add_lru(gone)
            vma.pte = pte_mkwrite(mk_pte(gone))
            if old_page is not None:
                page_remove_rmap(old_page)
            gone = old_page
        else:
            mem_cgroup_cancel_charge(gone, memcg)
        if gone is not None:
            put_page(gone)
        spin_unlock(vma.ptl)
    if old_page is not None:
        put_page(old_page)
    return ret


def do_swap_page(mm: MmStruct, vma: VmAreaStruct, flags: int, orig_pte: int) -> int:
    """The pte is neither empty nor present: wait for the migration, or bring the page in.

    The page may have left the swap cache, and returned there for another slot,
    before it was locked (4969c1192d15, in v2.6.36).
    """
    if non_swap_entry(orig_pte):
        migration_entry_wait(vma)
        return 0
    entry = pte_to_swp_entry(orig_pte)
    page = lookup_swap_cache(entry)
    if page is None:
        page = read_swap_cache_async(entry, GFP_KERNEL, vma)
        if page is None:
            spin_lock(vma.ptl)
            ret = VM_FAULT_OOM if vma.pte == orig_pte else 0
            spin_unlock(vma.ptl)
            return ret
    lock_page(page)
    if not PageSwapCache(page) or page.private != entry:
        unlock_page(page)
        put_page(page)
        return 0
    ret, memcg = mem_cgroup_try_charge(page, mm, GFP_KERNEL)
    if ret != 0:
        unlock_page(page)
        put_page(page)
        return VM_FAULT_OOM
    spin_lock(vma.ptl)
    if vma.pte != orig_pte or not PageUptodate(page):
        mem_cgroup_cancel_charge(page, memcg)
        spin_unlock(vma.ptl)
        unlock_page(page)
        put_page(page)
        return 0
    pte = mk_pte(page)
    write = flags & FAULT_FLAG_WRITE != 0
    if write and reuse_swap_page(page):
        pte = pte_mkwrite(pte)
        write = False
    vma.pte = pte
    page_add_anon_rmap(page, vma)
    mem_cgroup_commit_charge(page, memcg, True)
    swap_free(entry)
    if vm_swap_full():
        try_to_free_swap(page)
    unlock_page(page)
    if write:
        return do_wp_page(mm, vma, pte)
    spin_unlock(vma.ptl)
    return 0


def unuse_pte(vma: VmAreaStruct, entry: int, page: Page) -> int:
    """Map the locked page where the slot is named: 1 if done, 0 if that has changed, or -ENOMEM."""
    ret, memcg = mem_cgroup_try_charge(page, vma.vm_mm, GFP_KERNEL)
    if ret != 0:
        return -ENOMEM
    spin_lock(vma.ptl)
    if vma.pte != swp_entry_to_pte(entry):
        mem_cgroup_cancel_charge(page, memcg)
        spin_unlock(vma.ptl)
        return 0
    get_page(page)
    vma.pte = mk_pte(page)
    page_add_anon_rmap(page, vma)
    mem_cgroup_commit_charge(page, memcg, True)
    swap_free(entry)
    spin_unlock(vma.ptl)
    return 1
