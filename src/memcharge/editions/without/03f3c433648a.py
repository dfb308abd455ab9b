# SPDX-License-Identifier: GPL-2.0-only
"""2.6.34, but a fault from swap commits its charge before the pte is counted.

reuse_swap_page() then takes the page out of the swap cache and finds it charged
and mapped by nobody, so that it is uncharged; after that it is mapped.
"""

from memcharge.editions.v2_6_34.filemap import VM_FAULT_OOM
from memcharge.editions.v2_6_34.memcontrol_swap import (
    mem_cgroup_cancel_charge_swapin,
    mem_cgroup_commit_charge_swapin,
    mem_cgroup_try_charge_swapin,
)
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

BASE = "v2_6_34"
PROVENANCE = 'v2_6_34 without 03f3c433648a ("memcg: fix swap accounting leak") (in v2.6.29)'


def do_swap_page(mm: MmStruct, vma: VmAreaStruct, flags: int, orig_pte: int) -> int:
    """The pte is neither empty nor present: wait for the migration, or bring the page in.

    The page is charged before the pte lock is taken, and the charge committed
    as soon as it is held.
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
    mem_cgroup_commit_charge_swapin(page, ptr)
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
