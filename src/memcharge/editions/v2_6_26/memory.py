# SPDX-License-Identifier: GPL-2.0-only
"""Who maps a page, and what that charges (mm/memory.c and mm/rmap.c)."""

from memcharge.editions.v2_6_26.memcontrol import mem_cgroup_charge, mem_cgroup_uncharge_page
from memcharge.editions.v2_6_34.filemap import VM_FAULT_OOM
from memcharge.editions.v2_6_34.memory import do_cow_fault, do_wp_page, vm_ops_fault
from memcharge.editions.v2_6_34.migrate import migration_entry_wait
from memcharge.editions.v2_6_34.rmap import __page_set_anon_rmap
from memcharge.editions.v2_6_34.swap import put_page
from memcharge.editions.v2_6_34.swap_state import lookup_swap_cache, read_swap_cache_async
from memcharge.editions.v2_6_34.swapfile import (
    reuse_swap_page,
    swap_free,
    try_to_free_swap,
    vm_swap_full,
)
from memcharge.kernel import *


def page_add_anon_rmap(page: Page, vma: VmAreaStruct) -> None:
    """One more pte maps an anonymous page; only the first one keeps its charge."""
    if atomic_inc_and_test(page._mapcount):
        __page_set_anon_rmap(page, vma)
    else:
        mem_cgroup_uncharge_page(page)


def page_add_file_rmap(page: Page) -> None:
    """One more pte maps a file page; only the first one keeps its charge."""
    if not atomic_inc_and_test(page._mapcount):
        mem_cgroup_uncharge_page(page)


def page_remove_rmap(page: Page) -> None:
    """A pte is gone; the last one gives up its charge."""
    if atomic_add_negative(-1, page._mapcount):
        mem_cgroup_uncharge_page(page)


def __do_fault(mm: MmStruct, vma: VmAreaStruct, flags: int, orig_pte: int) -> int:
    """Map a file's page, which stays locked until the pte is set."""
    ret, page = vm_ops_fault(vma)
    if ret != 0:
        return ret
    write = flags & FAULT_FLAG_WRITE != 0
    if write and not vma.VM_SHARED:
        return do_cow_fault(mm, vma, orig_pte, page)
    if mem_cgroup_charge(page, mm, GFP_KERNEL) != 0:
        unlock_page(page)
        put_page(page)
        return VM_FAULT_OOM
    spin_lock(vma.ptl)
    mapped = vma.pte == orig_pte
    if mapped:
        page_add_file_rmap(page)
        if write:
            get_page(page)
        vma.pte = pte_mkwrite(mk_pte(page)) if write else mk_pte(page)
    else:
        mem_cgroup_uncharge_page(page)
    spin_unlock(vma.ptl)
    if write and mapped:
        SetPageDirty(page)
    unlock_page(page)
    if write or not mapped:
        put_page(page)
    return 0


def do_swap_page(mm: MmStruct, vma: VmAreaStruct, flags: int, orig_pte: int) -> int:
    """The pte is neither empty nor present: wait for the migration, or bring the page in.

    It is charged before it is locked (073e587ec2cc, in v2.6.28).
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
    if mem_cgroup_charge(page, mm, GFP_KERNEL) != 0:
        # The kernel keeps the reference here.
        return VM_FAULT_OOM
    lock_page(page)
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
