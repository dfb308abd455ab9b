# SPDX-License-Identifier: GPL-2.0-only
"""Page faults and unmapping (mm/memory.c and its callers)."""

from typing import TYPE_CHECKING

from memcharge.editions.v2_6_34.filemap import VM_FAULT_OOM, filemap_fault
from memcharge.editions.v2_6_34.memcontrol import (
    mem_cgroup_newpage_charge,
    mem_cgroup_uncharge_page,
)
from memcharge.editions.v2_6_34.memcontrol_stock import (
    mem_cgroup_uncharge_end,
    mem_cgroup_uncharge_start,
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
    if mem_cgroup_newpage_charge(page, mm, GFP_KERNEL) != 0:
        put_page(page)
        return VM_FAULT_OOM
    spin_lock(vma.ptl)
    if pte_none(vma.pte):
        page_add_new_anon_rmap(page, vma)
        vma.pte = pte_mkwrite(mk_pte(page))
    else:
        mem_cgroup_uncharge_page(page)
        put_page(page)
    spin_unlock(vma.ptl)
    return 0


def vm_ops_fault(vma: VmAreaStruct) -> tuple[int, Page | None]:
    """vma.vm_ops.fault(): the page that belongs at the fault, locked and with a reference."""
    if vma.vm_file.swap_backed:
        ret, page = shmem_fault(vma)
    else:
        ret, page = filemap_fault(vma)
    return ret, page


def do_cow_fault(mm: MmStruct, vma: VmAreaStruct, orig_pte: int, fault_page: Page) -> int:
    """Map a copy of a file's page for one who writes privately; the part of __do_fault() for that.

    The file's page stays locked until the copy is mapped.
    """
    ret = 0
    page = alloc_page(GFP_KERNEL)
    if page is None:
        ret = VM_FAULT_OOM
    elif mem_cgroup_newpage_charge(page, mm, GFP_KERNEL) != 0:
        put_page(page)
        ret = VM_FAULT_OOM
    else:
        SetPageUptodate(page)
        spin_lock(vma.ptl)
        if vma.pte == orig_pte:
            page_add_new_anon_rmap(page, vma)
            vma.pte = pte_mkwrite(mk_pte(page))
        else:
            mem_cgroup_uncharge_page(page)
            put_page(page)
        spin_unlock(vma.ptl)
    unlock_page(fault_page)
    put_page(fault_page)
    return ret


def __do_fault(mm: MmStruct, vma: VmAreaStruct, flags: int, orig_pte: int) -> int:
    """Map a file's page, which stays locked until the pte is set."""
    ret, page = vm_ops_fault(vma)
    if ret != 0:
        return ret
    write = flags & FAULT_FLAG_WRITE != 0
    if write and not vma.VM_SHARED:
        return do_cow_fault(mm, vma, orig_pte, page)
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


def do_wp_page(mm: MmStruct, vma: VmAreaStruct, orig_pte: int) -> int:
    """A write through a pte that may only be read; its lock is held, and dropped here.

    An anonymous page that nobody else uses is made writable, and so is the page
    of a file that is mapped to be shared; others are copied.
    """
    old_page = vm_normal_page(orig_pte)
    reuse = False
    if old_page is None:
        pass
    elif PageAnon(old_page):
        if not trylock_page(old_page):
            get_page(old_page)
            spin_unlock(vma.ptl)
            lock_page(old_page)
            spin_lock(vma.ptl)
            if vma.pte != orig_pte:
                unlock_page(old_page)
                put_page(old_page)
                spin_unlock(vma.ptl)
                return 0
            put_page(old_page)
        reuse = reuse_swap_page(old_page)
        unlock_page(old_page)
    elif vma.VM_SHARED:
        get_page(old_page)
        vma.pte = pte_mkwrite(orig_pte)
        spin_unlock(vma.ptl)
        wait_on_page_locked(old_page)
        SetPageDirty(old_page)
        put_page(old_page)
        return 0
    if reuse:
        vma.pte = pte_mkwrite(orig_pte)
        spin_unlock(vma.ptl)
        return 0
    if old_page is not None:
        get_page(old_page)
    spin_unlock(vma.ptl)
    return wp_page_copy(mm, vma, orig_pte, old_page)


def wp_page_copy(mm: MmStruct, vma: VmAreaStruct, orig_pte: int, old_page: Page | None) -> int:
    """Map a copy instead; the second half of do_wp_page(), which later kernels call so.

    The caller has taken a reference to the old page for this, and dropped the
    pte lock.  The old page's mapping is counted off after the pte is changed.
    """
    ret = 0
    gone = alloc_page(GFP_KERNEL)
    if gone is None:
        ret = VM_FAULT_OOM
    elif mem_cgroup_newpage_charge(gone, mm, GFP_KERNEL) != 0:
        put_page(gone)
        ret = VM_FAULT_OOM
    else:
        SetPageUptodate(gone)
        spin_lock(vma.ptl)
        if vma.pte == orig_pte:
            ptep_clear_flush(vma)
            page_add_new_anon_rmap(gone, vma)
            vma.pte = pte_mkwrite(mk_pte(gone))
            if old_page is not None:
                page_remove_rmap(old_page)
            gone = old_page
        else:
            mem_cgroup_uncharge_page(gone)
        if gone is not None:
            put_page(gone)
        spin_unlock(vma.ptl)
    if old_page is not None:
        put_page(old_page)
    return ret


def do_swap_page(mm: MmStruct, vma: VmAreaStruct, flags: int, orig_pte: int) -> int:
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
    pte = mk_pte(page)
    write = flags & FAULT_FLAG_WRITE != 0
    if write and reuse_swap_page(page):
        pte = pte_mkwrite(pte)
        write = False
    vma.pte = pte
    page_add_anon_rmap(page, vma)
    mem_cgroup_commit_charge_swapin(page, ptr)
    swap_free(entry)
    if vm_swap_full():
        try_to_free_swap(page)
    unlock_page(page)
    if write:
        return do_wp_page(mm, vma, pte)
    spin_unlock(vma.ptl)
    return 0


def handle_mm_fault(mm: MmStruct, vma: VmAreaStruct, flags: int) -> int:
    """Do what the pte and the kind of access ask for; the caller touches the address again."""
    entry = vma.pte
    if not pte_present(entry):
        if not pte_none(entry):
            return do_swap_page(mm, vma, flags, entry)
        if vma.vm_file is not None:
            return __do_fault(mm, vma, flags, entry)
        return do_anonymous_page(mm, vma, flags)
    if flags & FAULT_FLAG_WRITE == 0 or pte_write(entry):
        return 0
    spin_lock(vma.ptl)
    if vma.pte != entry:
        spin_unlock(vma.ptl)
        return 0
    return do_wp_page(mm, vma, entry)


def do_page_fault(vma: VmAreaStruct, flags: int) -> None:
    """A program reads or writes the address: no fault if the MMU finds a pte that lets it."""
    mm = vma.vm_mm
    touches = 0
    fault = 0
    while touches < TOUCHES and fault == 0:
        pte = vma.pte
        if pte_present(pte) and (flags & FAULT_FLAG_WRITE == 0 or pte_write(pte)):
            break
        down_read(mm.mmap_sem)
        fault = handle_mm_fault(mm, vma, flags)
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
        found = vm_normal_page(ptent)
        if details is None or found is None or found.mapping is details:
            ptent = ptep_clear_flush(vma)
            page = found
            if found is not None:
                if pte_write(ptent) and not PageAnon(found):
                    SetPageDirty(found)
                page_remove_rmap(found)
    elif not pte_none(ptent) and details is None:
        if not non_swap_entry(ptent):
            free_swap_and_cache(pte_to_swp_entry(ptent))
        vma.pte = 0
    spin_unlock(vma.ptl)
    return page


def zap_page_range(vma: VmAreaStruct, details: AddressSpace | None) -> None:
    """Empty the pte, flush, and only then let go of the page."""
    mem_cgroup_uncharge_start()
    page = zap_pte_range(vma, details)
    mem_cgroup_uncharge_end()
    if page is not None:
        free_page_and_swap_cache(page)


def unmap_mapping_range(mapping: AddressSpace, even_cows: bool) -> None:
    """Unmap a file's pages everywhere; `even_cows` spares nothing."""
    spin_lock(mapping.i_mmap_lock)
    for vma in any_order(VmAreaStruct):
        if vma.vm_file is mapping:
            if even_cows:
                zap_page_range(vma, None)
            else:
                zap_page_range(vma, mapping)
    spin_unlock(mapping.i_mmap_lock)


def follow_page(vma: VmAreaStruct) -> Page | None:
    """The page that the pte maps, with a reference; none if there is none at the moment."""
    page: Page | None = None
    spin_lock(vma.ptl)
    pte = vma.pte
    if pte_present(pte):
        page = vm_normal_page(pte)
        if page is not None:
            get_page(page)
    spin_unlock(vma.ptl)
    return page


def copy_one_pte(dst_vma: VmAreaStruct, src_vma: VmAreaStruct) -> None:
    """fork() maps for the child what the parent has; both pte locks are held.

    From then on neither can write a private page without a copy.
    """
    pte = src_vma.pte
    cow = not src_vma.VM_SHARED
    if pte_present(pte):
        if cow and pte_write(pte):
            pte = pte_wrprotect(pte)
            src_vma.pte = pte
        page = vm_normal_page(pte)
        if page is not None:
            get_page(page)
            page_dup_rmap(page)
    elif not pte_none(pte):
        if not non_swap_entry(pte):
            swap_duplicate(pte_to_swp_entry(pte))
        elif cow and is_write_migration_entry(pte):
            pte = make_migration_entry_read(pte)
            src_vma.pte = pte
    dst_vma.pte = pte


def copy_page_range(dst_vma: VmAreaStruct, src_vma: VmAreaStruct) -> None:
    """The child's pte from the parent's; a file's own pages are left to the child's faults."""
    if src_vma.anon_vma is None:
        return
    spin_lock(dst_vma.ptl)
    spin_lock(src_vma.ptl)
    copy_one_pte(dst_vma, src_vma)
    spin_unlock(src_vma.ptl)
    spin_unlock(dst_vma.ptl)
