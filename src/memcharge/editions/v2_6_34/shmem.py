# SPDX-License-Identifier: GPL-2.0-only
"""Pages of tmpfs and shared anonymous memory (mm/shmem.c)."""

from memcharge.editions.v2_6_34.filemap import (
    VM_FAULT_OOM,
    add_to_page_cache_lru,
    find_lock_page,
)
from memcharge.editions.v2_6_34.memcontrol import mem_cgroup_cache_charge
from memcharge.editions.v2_6_34.page_alloc import alloc_page
from memcharge.editions.v2_6_34.swap import put_page
from memcharge.kernel import *


def shmem_getpage(mapping: AddressSpace, idx: int) -> tuple[int, Page | None]:
    """The page in that slot, locked; a new one is charged before it is inserted.

    The early charge may sleep and call the OOM killer.  The insertion charges
    again, without waiting, and undoes the charge if somebody was faster.
    """
    while True:
        filepage = find_lock_page(mapping, idx)
        if filepage is not None:
            return 0, filepage
        filepage = alloc_page(GFP_KERNEL)
        if filepage is None:
            return -ENOMEM, None
        SetPageSwapBacked(filepage)
        error = mem_cgroup_cache_charge(filepage, current.mm, GFP_KERNEL)
        if error != 0:
            put_page(filepage)
            return error, None
        if add_to_page_cache_lru(filepage, mapping, idx, GFP_NOWAIT) == 0:
            SetPageUptodate(filepage)
            return 0, filepage
        put_page(filepage)


def shmem_fault(vma: VmAreaStruct) -> tuple[int, Page | None]:
    """The page that belongs at the fault, locked and with a reference."""
    error, page = shmem_getpage(vma.vm_file, vma.vm_pgoff)
    if error != 0:
        return VM_FAULT_OOM, None
    return 0, page
