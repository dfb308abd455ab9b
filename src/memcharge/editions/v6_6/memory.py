# SPDX-License-Identifier: GPL-2.0-only
"""Page faults (mm/memory.c), and swapoff's (mm/swapfile.c)."""

from memcharge.editions.v2_6_34.filemap import VM_FAULT_OOM
from memcharge.editions.v2_6_34.memory import do_wp_page, vm_ops_fault
from memcharge.editions.v2_6_34.migrate import migration_entry_wait
from memcharge.editions.v2_6_34.page_alloc import alloc_page
from memcharge.editions.v2_6_34.swap import lru_cache_add_lru, put_page
from memcharge.editions.v2_6_34.swap_state import free_swap_cache, lookup_swap_cache
from memcharge.editions.v2_6_34.swapfile import (
    reuse_swap_page,
    swap_free,
    try_to_free_swap,
    vm_swap_full,
)
from memcharge.editions.v6_6.memcontrol import mem_cgroup_charge
from memcharge.editions.v6_6.rmap import (
    folio_add_new_anon_rmap,
    page_add_anon_rmap,
    page_remove_rmap,
)
from memcharge.editions.v6_6.swap_state import read_swap_cache_async
from memcharge.kernel import *


def do_anonymous_page(mm: MmStruct, vma: VmAreaStruct, flags: int) -> int:
    """Map a new folio, charged at once; a reader gets the page of zeroes."""
    if flags & FAULT_FLAG_WRITE == 0:
        spin_lock(vma.ptl)
        if pte_none(vma.pte):
            vma.pte = zero_pte()
        spin_unlock(vma.ptl)
        return 0
    folio = alloc_page(GFP_KERNEL)
    if folio is None:
        return VM_FAULT_OOM
    if mem_cgroup_charge(folio, mm, GFP_KERNEL) != 0:
        put_page(folio)
        return VM_FAULT_OOM
    SetPageUptodate(folio)
    spin_lock(vma.ptl)
    if pte_none(vma.pte):
        folio_add_new_anon_rmap(folio, vma)
        lru_cache_add_lru(folio)
        vma.pte = pte_mkwrite(mk_pte(folio))
        spin_unlock(vma.ptl)
    else:
        spin_unlock(vma.ptl)
        put_page(folio)
    return 0


def do_cow_fault(mm: MmStruct, vma: VmAreaStruct, orig_pte: int) -> int:
    """Map a copy of a file's folio, which stays locked until then, for one who writes privately."""
    cow_page = alloc_page(GFP_KERNEL)
    if cow_page is None:
        return VM_FAULT_OOM
    if mem_cgroup_charge(cow_page, mm, GFP_KERNEL) != 0:
        put_page(cow_page)
        return VM_FAULT_OOM
    ret, fault_page = vm_ops_fault(vma)
    mapped = False
    if ret == 0:
        SetPageUptodate(cow_page)
        spin_lock(vma.ptl)
        mapped = vma.pte == orig_pte
        if mapped:
            folio_add_new_anon_rmap(cow_page, vma)
            lru_cache_add_lru(cow_page)
            vma.pte = pte_mkwrite(mk_pte(cow_page))
        spin_unlock(vma.ptl)
        unlock_page(fault_page)
        put_page(fault_page)
    if not mapped:
        put_page(cow_page)
    return ret


def wp_page_copy(mm: MmStruct, vma: VmAreaStruct, orig_pte: int, old_folio: Page | None) -> int:
    """Map a copy instead of a folio that may only be read."""
    ret = 0
    copied = False
    gone = alloc_page(GFP_KERNEL)
    if gone is None:
        ret = VM_FAULT_OOM
    elif mem_cgroup_charge(gone, mm, GFP_KERNEL) != 0:
        put_page(gone)
        ret = VM_FAULT_OOM
    else:
        SetPageUptodate(gone)
        spin_lock(vma.ptl)
        if vma.pte == orig_pte:
            ptep_clear_flush(vma)
            folio_add_new_anon_rmap(gone, vma)
            lru_cache_add_lru(gone)
            vma.pte = pte_mkwrite(mk_pte(gone))
            if old_folio is not None:
                page_remove_rmap(old_folio)
            gone = old_folio
            copied = True
        spin_unlock(vma.ptl)
        if gone is not None:
            put_page(gone)
    if old_folio is not None:
        # Its last user may have been this one (in v5.13).
        if copied:
            free_swap_cache(old_folio)
        put_page(old_folio)
    return ret


def do_swap_page(mm: MmStruct, vma: VmAreaStruct, flags: int, orig_pte: int) -> int:
    """The pte is neither empty nor present: wait for the migration, or bring the folio in."""
    if non_swap_entry(orig_pte):
        migration_entry_wait(vma)
        return 0
    entry = pte_to_swp_entry(orig_pte)
    folio = lookup_swap_cache(entry)
    if folio is None:
        folio = read_swap_cache_async(entry, GFP_KERNEL, vma)
        if folio is None:
            spin_lock(vma.ptl)
            ret = VM_FAULT_OOM if vma.pte == orig_pte else 0
            spin_unlock(vma.ptl)
            return ret
    lock_page(folio)
    if not PageSwapCache(folio) or folio.private != entry:
        unlock_page(folio)
        put_page(folio)
        return 0
    spin_lock(vma.ptl)
    if vma.pte != orig_pte or not PageUptodate(folio):
        spin_unlock(vma.ptl)
        unlock_page(folio)
        put_page(folio)
        return 0
    swap_free(entry)
    pte = mk_pte(folio)
    write = flags & FAULT_FLAG_WRITE != 0
    page_add_anon_rmap(folio, vma)
    if write and reuse_swap_page(folio):
        pte = pte_mkwrite(pte)
        write = False
    vma.pte = pte
    if vm_swap_full():
        try_to_free_swap(folio)
    unlock_page(folio)
    if write:
        return do_wp_page(mm, vma, pte)
    spin_unlock(vma.ptl)
    return 0


def unuse_pte(vma: VmAreaStruct, entry: int, folio: Page) -> int:
    """Map the locked folio where the slot is named: 1 if done, 0 if that has changed."""
    spin_lock(vma.ptl)
    if vma.pte != swp_entry_to_pte(entry):
        spin_unlock(vma.ptl)
        return 0
    get_page(folio)
    page_add_anon_rmap(folio, vma)
    vma.pte = mk_pte(folio)
    swap_free(entry)
    spin_unlock(vma.ptl)
    return 1
