# SPDX-License-Identifier: GPL-2.0-only
"""Page faults and unmapping (mm/memory.c and its callers)."""

from typing import TYPE_CHECKING

from memcharge.editions.v2_6_34.filemap import VM_FAULT_OOM, filemap_fault
from memcharge.editions.v2_6_34.memcontrol import (
    mem_cgroup_newpage_charge,
    mem_cgroup_uncharge_page,
)
from memcharge.editions.v2_6_34.memcontrol_swap import (
    mem_cgroup_cancel_charge_swapin,
    mem_cgroup_commit_charge_swapin,
    mem_cgroup_try_charge_swapin,
)
from memcharge.editions.v2_6_34.migrate import migration_entry_wait
from memcharge.editions.v2_6_34.page_alloc import alloc_page
from memcharge.editions.v2_6_34.rmap import (
    page_add_anon_rmap,
    page_add_file_rmap,
    page_add_new_anon_rmap,
    page_dup_rmap,
    page_remove_rmap,
)
from memcharge.editions.v2_6_34.swap import put_page
from memcharge.editions.v2_6_34.swap_state import (
    free_page_and_swap_cache,
    lookup_swap_cache,
    read_swap_cache_async,
)
from memcharge.editions.v2_6_34.swapfile import (
    free_swap_and_cache,
    reuse_swap_page,
    swap_duplicate,
    swap_free,
    try_to_free_swap,
    vm_swap_full,
)
from memcharge.kernel import *

if TYPE_CHECKING:
    from memcharge.editions.v2_6_34.shmem import shmem_fault

# How often the modelled program touches an address before it gives up.
TOUCHES = 2


def do_anonymous_page(mm: MmStruct, vma: VmAreaStruct) -> int:
    """Map a new page, charged before the pte lock is taken."""
    page = alloc_page(GFP_KERNEL)
    if page is None:
        return VM_FAULT_OOM
    SetPageUptodate(page)
    if mem_cgroup_newpage_charge(page, mm, GFP_KERNEL) != 0:
        put_page(page)
        return VM_FAULT_OOM
    spin_lock(vma.ptl)
    if pte_none(vma.pte):
        page_add_new_anon_rmap(page, vma)
        vma.pte = mk_pte(page)
    else:
        mem_cgroup_uncharge_page(page)
        put_page(page)
    spin_unlock(vma.ptl)
    return 0


def __do_fault(mm: MmStruct, vma: VmAreaStruct, orig_pte: int) -> int:
    """Map a file's page, which stays locked until the pte is set."""
    if vma.vm_file.swap_backed:
        ret, page = shmem_fault(vma)
    else:
        ret, page = filemap_fault(vma)
    if ret != 0:
        return ret
    spin_lock(vma.ptl)
    mapped = vma.pte == orig_pte
    if mapped:
        page_add_file_rmap(page)
        vma.pte = mk_pte(page)
    spin_unlock(vma.ptl)
    unlock_page(page)
    if not mapped:
        put_page(page)
    return 0


def do_swap_page(mm: MmStruct, vma: VmAreaStruct, orig_pte: int) -> int:
    """The pte is neither empty nor present: wait for the migration, or bring the page in.

    The page is charged before the pte lock is taken, and the charge committed
    when the pte is counted: reuse_swap_page() would take a page that nobody
    maps for one that is not used (03f3c433648a).
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
    ret, ptr = mem_cgroup_try_charge_swapin(mm, page, GFP_KERNEL)
    if ret != 0:
        unlock_page(page)
        put_page(page)
        return VM_FAULT_OOM
    spin_lock(vma.ptl)
    if vma.pte != orig_pte or not PageUptodate(page):
        mem_cgroup_cancel_charge_swapin(ptr)
        spin_unlock(vma.ptl)
        unlock_page(page)
        put_page(page)
        return 0
    # The program reads or writes; a writer may get rid of the swap slot.
    if choose(2) == 1:
        reuse_swap_page(page)
    vma.pte = mk_pte(page)
    page_add_anon_rmap(page, vma)
    mem_cgroup_commit_charge_swapin(page, ptr)
    swap_free(entry)
    if vm_swap_full():
        try_to_free_swap(page)
    unlock_page(page)
    spin_unlock(vma.ptl)
    return 0


def handle_mm_fault(mm: MmStruct, vma: VmAreaStruct) -> int:
    """Do what the pte asks for; the caller touches the address again."""
    entry = vma.pte
    if pte_present(entry):
        return 0
    if not pte_none(entry):
        return do_swap_page(mm, vma, entry)
    if vma.vm_file is not None:
        return __do_fault(mm, vma, entry)
    return do_anonymous_page(mm, vma)


def do_page_fault(vma: VmAreaStruct) -> None:
    """A program touches the address: no fault if the MMU finds a present pte."""
    mm = vma.vm_mm
    touches = 0
    fault = 0
    while touches < TOUCHES and fault == 0 and not pte_present(vma.pte):
        down_read(mm.mmap_sem)
        fault = handle_mm_fault(mm, vma)
        up_read(mm.mmap_sem)
        touches += 1


def zap_pte_range(vma: VmAreaStruct, details: AddressSpace | None) -> Page | None:
    """Empty the pte; the page whose reference is to be dropped after that.

    `details` is the mapping whose pages are to go; migration entries stay then,
    for whoever truncates holds the lock of the page that they would stand for.
    """
    page: Page | None = None
    spin_lock(vma.ptl)
    ptent = vma.pte
    if pte_present(ptent):
        found = pte_page(ptent)
        if details is None or found.mapping is details:
            vma.pte = 0
            page_remove_rmap(found)
            page = found
    elif not pte_none(ptent) and details is None:
        if not non_swap_entry(ptent):
            free_swap_and_cache(pte_to_swp_entry(ptent))
        vma.pte = 0
    spin_unlock(vma.ptl)
    return page


def zap_page_range(vma: VmAreaStruct, details: AddressSpace | None) -> None:
    """Empty the pte, flush, and only then let go of the page."""
    page = zap_pte_range(vma, details)
    if page is not None:
        free_page_and_swap_cache(page)


def unmap_mapping_range(mapping: AddressSpace, even_cows: bool) -> None:
    """Unmap a file's pages everywhere; `even_cows` spares nothing."""
    spin_lock(mapping.i_mmap_lock)
    for vma in each(VmAreaStruct):
        if vma.vm_file is mapping:
            if even_cows:
                zap_page_range(vma, None)
            else:
                zap_page_range(vma, mapping)
    spin_unlock(mapping.i_mmap_lock)


def sys_munmap(vma: VmAreaStruct) -> None:
    """Unmap the area; it stays, as if the program mapped the same again at once."""
    mm = vma.vm_mm
    down_write(mm.mmap_sem)
    zap_page_range(vma, None)
    up_write(mm.mmap_sem)


def copy_one_pte(dst_vma: VmAreaStruct, src_vma: VmAreaStruct) -> None:
    """fork() maps for the child what the parent has; both pte locks are held."""
    pte = src_vma.pte
    if pte_present(pte):
        page = pte_page(pte)
        get_page(page)
        page_dup_rmap(page)
    elif not pte_none(pte) and not non_swap_entry(pte):
        swap_duplicate(pte_to_swp_entry(pte))
    dst_vma.pte = pte


def copy_page_range(dst_vma: VmAreaStruct, src_vma: VmAreaStruct) -> None:
    """fork(): the child's pte from the parent's."""
    spin_lock(dst_vma.ptl)
    spin_lock(src_vma.ptl)
    copy_one_pte(dst_vma, src_vma)
    spin_unlock(src_vma.ptl)
    spin_unlock(dst_vma.ptl)
