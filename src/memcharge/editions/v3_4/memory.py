# SPDX-License-Identifier: GPL-2.0-only
"""Page faults in files (mm/memory.c): a copy is charged before the file's page is locked."""

from memcharge.editions.v2_6_34.filemap import VM_FAULT_OOM
from memcharge.editions.v2_6_34.memcontrol import (
    mem_cgroup_newpage_charge,
    mem_cgroup_uncharge_page,
)
from memcharge.editions.v2_6_34.memory import vm_ops_fault
from memcharge.editions.v2_6_34.page_alloc import alloc_page
from memcharge.editions.v2_6_34.rmap import page_add_file_rmap, page_add_new_anon_rmap
from memcharge.editions.v2_6_34.swap import put_page
from memcharge.kernel import *


def do_cow_fault(mm: MmStruct, vma: VmAreaStruct, orig_pte: int) -> int:
    """Map a copy of a file's page for one who writes privately; the part of __do_fault() for that.

    The file's page stays locked until the copy is mapped.
    """
    cow_page = alloc_page(GFP_KERNEL)
    if cow_page is None:
        return VM_FAULT_OOM
    if mem_cgroup_newpage_charge(cow_page, mm, GFP_KERNEL) != 0:
        put_page(cow_page)
        return VM_FAULT_OOM
    ret, fault_page = vm_ops_fault(vma)
    if ret != 0:
        mem_cgroup_uncharge_page(cow_page)
        put_page(cow_page)
        return ret
    SetPageUptodate(cow_page)
    spin_lock(vma.ptl)
    if vma.pte == orig_pte:
        page_add_new_anon_rmap(cow_page, vma)
        vma.pte = pte_mkwrite(mk_pte(cow_page))
    else:
        mem_cgroup_uncharge_page(cow_page)
        put_page(cow_page)
    spin_unlock(vma.ptl)
    unlock_page(fault_page)
    put_page(fault_page)
    return 0


def __do_fault(mm: MmStruct, vma: VmAreaStruct, flags: int, orig_pte: int) -> int:
    """Map a file's page, which stays locked until the pte is set."""
    write = flags & FAULT_FLAG_WRITE != 0
    if write and not vma.VM_SHARED:
        return do_cow_fault(mm, vma, orig_pte)
    ret, page = vm_ops_fault(vma)
    if ret != 0:
        return ret
    spin_lock(vma.ptl)
    mapped = vma.pte == orig_pte
    if mapped:
        page_add_file_rmap(page)
        if write:
            get_page(page)
        vma.pte = pte_mkwrite(mk_pte(page)) if write else mk_pte(page)
    spin_unlock(vma.ptl)
    if write and mapped:
        SetPageDirty(page)
    unlock_page(page)
    if write or not mapped:
        put_page(page)
    return 0
