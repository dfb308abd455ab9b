# SPDX-License-Identifier: GPL-2.0-only
"""Pages that come back from swap (mm/memory.c and mm/swapfile.c)."""

from memcharge.editions.v2_6_28.memcontrol import mem_cgroup_charge
from memcharge.editions.v2_6_34.filemap import VM_FAULT_OOM
from memcharge.editions.v2_6_34.memcontrol import mem_cgroup_uncharge_page
from memcharge.editions.v2_6_34.memory import do_wp_page
from memcharge.editions.v2_6_34.migrate import migration_entry_wait
from memcharge.editions.v2_6_34.rmap import page_add_anon_rmap
from memcharge.editions.v2_6_34.swap import put_page
from memcharge.editions.v2_6_34.swap_state import lookup_swap_cache, read_swap_cache_async
from memcharge.editions.v2_6_34.swapfile import (
    reuse_swap_page,
    swap_free,
    try_to_free_swap,
    vm_swap_full,
)
from memcharge.kernel import *


def do_swap_page(mm: MmStruct, vma: VmAreaStruct, flags: int, orig_pte: int) -> int:
    """The pte is neither empty nor present: wait for the migration, or bring the page in."""
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
    if mem_cgroup_charge(page, mm, GFP_KERNEL) != 0:
        # The kernel keeps the reference here.
        unlock_page(page)
        return VM_FAULT_OOM
    spin_lock(vma.ptl)
    if vma.pte != orig_pte or not PageUptodate(page):
        mem_cgroup_uncharge_page(page)
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
    swap_free(entry)
    if vm_swap_full():
        try_to_free_swap(page)
    unlock_page(page)
    if write:
        return do_wp_page(mm, vma, pte)
    spin_unlock(vma.ptl)
    return 0


def unuse_pte(vma: VmAreaStruct, entry: int, page: Page) -> int:
    """Map the locked page where the slot is named: 1 if done, 0 if that has changed, or -ENOMEM.

    A page whose charge fails is mapped all the same, without one, before swapoff
    gives up (85d9fc89fb0f, in v2.6.29).
    """
    ret = 1
    if mem_cgroup_charge(page, vma.vm_mm, GFP_KERNEL) != 0:
        ret = -ENOMEM
    spin_lock(vma.ptl)
    if vma.pte != swp_entry_to_pte(entry):
        if ret > 0:
            mem_cgroup_uncharge_page(page)
        spin_unlock(vma.ptl)
        return 0
    get_page(page)
    vma.pte = mk_pte(page)
    page_add_anon_rmap(page, vma)
    swap_free(entry)
    spin_unlock(vma.ptl)
    return ret
