# SPDX-License-Identifier: GPL-2.0-only
"""The first edition that reserves before a migration and commits after it.

A page that comes from swap is charged to whoever is recorded for its slot, even
if the page is charged to another group already.  FILE_MAPPED is not counted
yet, a page without a mapping is not moved, and rmdir does not wait: it fails
while anybody holds a reference, and takes a group without usage for empty.
Nothing is asserted of the number of references.

Derived backwards from 2.6.33.  Not included: the slots of swap, whose count
holds the swap cache as well there, and the charge of the root group.
"""

from memcharge.editions.v2_6_33 import __mem_cgroup_try_charge, mem_cgroup_prepare_migration
from memcharge.editions.v2_6_34.cgroup import (
    cgroup_clear_css_refs,
    cgroup_is_empty,
    css_get,
    css_put,
    css_tryget,
    dput,
)
from memcharge.editions.v2_6_34.filemap import VM_FAULT_OOM
from memcharge.editions.v2_6_34.memcontrol import (
    MEM_CGROUP_CHARGE_TYPE_CACHE,
    MEM_CGROUP_CHARGE_TYPE_MAPPED,
    MEM_CGROUP_CHARGE_TYPE_SHMEM,
    __mem_cgroup_commit_charge,
    __mem_cgroup_uncharge_common,
    do_swap_account,
    lookup_page_cgroup,
    mem_cgroup_charge_statistics,
    mem_cgroup_disabled,
    mem_cgroup_uncharge_page,
)
from memcharge.editions.v2_6_34.memcontrol_group import (
    mem_cgroup_force_empty_list,
    mem_cgroup_free_pages,
    mem_cgroup_lookup,
    mem_cgroup_pre_destroy,
    mem_cgroup_wait_for_charges,
)
from memcharge.editions.v2_6_34.memcontrol_lru import (
    mem_cgroup_lru_add_after_commit_swapcache,
    mem_cgroup_lru_del_before_commit_swapcache,
)
from memcharge.editions.v2_6_34.memcontrol_swap import (
    __mem_cgroup_drop_swap_record,
    mem_cgroup_cancel_charge_swapin,
    mem_cgroup_commit_charge_swapin,
)
from memcharge.editions.v2_6_34.memory import do_wp_page
from memcharge.editions.v2_6_34.migrate import (
    migration_entry_wait,
    move_to_new_page,
    remove_migration_ptes,
)
from memcharge.editions.v2_6_34.page_cgroup import lookup_swap_cgroup
from memcharge.editions.v2_6_34.res_counter import res_counter_uncharge
from memcharge.editions.v2_6_34.rmap import TTU_MIGRATION, page_add_anon_rmap, try_to_unmap
from memcharge.editions.v2_6_34.swap import put_page
from memcharge.editions.v2_6_34.swap_state import lookup_swap_cache, read_swap_cache_async
from memcharge.editions.v2_6_34.swapfile import (
    reuse_swap_page,
    swap_free,
    try_to_free_swap,
    vm_swap_full,
)
from memcharge.kernel import *

BASE = "v2_6_33"
PROVENANCE = (
    '01b1ae63c227 ("memcg: simple migration handling") (in v2.6.29); without 3c776e646600 ("memcg: '
    'charge swapcache to proper memcg", in v2.6.30), 887032670d47 ("cgroup avoid permanent sleep '
    'at rmdir") and d69b042f3d74 ("memcg: add file-based RSS accounting", in v2.6.31), '
    'abfc3488118d ("memory hotplug: migrate swap cache page") and 3dece8347df6 ("cgroup: catch '
    'bad css refcnt at css_put", in v2.6.32), and fce66477578d ("memcg: ensure list is empty at '
    'rmdir", in v2.6.33)'
)
REMOVED = (
    "cgroup_exclude_rmdir",
    "cgroup_release_and_wakeup_rmdir",
    "mem_cgroup_update_file_mapped",
    "try_get_mem_cgroup_from_page",
)


def counts_file_mapped() -> bool:
    """FILE_MAPPED is counted since 2.6.31."""
    return False


def page_add_file_rmap(page: Page) -> None:
    """One more pte maps a file page."""
    atomic_inc(page._mapcount)


def page_remove_rmap(page: Page) -> None:
    """A pte is gone; with the last one an anonymous page loses its charge."""
    if atomic_add_negative(-1, page._mapcount) and PageAnon(page):
        mem_cgroup_uncharge_page(page)


def try_get_mem_cgroup_from_swapcache(page: Page) -> MemCgroup | None:
    """Who is recorded for the slot of a page in the swap cache; with a reference."""
    if not PageSwapCache(page):
        return None
    mem = mem_cgroup_lookup(lookup_swap_cgroup(page.private))
    if mem is None or not css_tryget(mem.css):
        return None
    return mem


def mem_cgroup_try_charge_swapin(
    mm: MmStruct | None, page: Page, mask: int
) -> tuple[int, MemCgroup | None]:
    """Take a page's worth from the group recorded for the slot, or from the caller's."""
    ptr: MemCgroup | None = None
    if mem_cgroup_disabled():
        return 0, ptr
    if do_swap_account != 0:
        # Not in the cache any more: somebody was faster, and the pte will tell.
        if not PageSwapCache(page):
            return 0, ptr
        mem = try_get_mem_cgroup_from_swapcache(page)
        if mem is not None:
            ret, ptr = __mem_cgroup_try_charge(None, mask, mem, True)
            css_put(mem.css)
            return ret, ptr
    ret, ptr = __mem_cgroup_try_charge(mm, mask, None, True)
    return ret, ptr


def __mem_cgroup_commit_charge_swapin(page: Page, ptr: MemCgroup | None, ctype: int) -> None:
    """Make the charge in hand that of this page, and drop the slot's, now counted twice."""
    if mem_cgroup_disabled():
        return
    if ptr is None:
        return
    pc = lookup_page_cgroup(page)
    mem_cgroup_lru_del_before_commit_swapcache(page)
    __mem_cgroup_commit_charge(ptr, pc, ctype)
    mem_cgroup_lru_add_after_commit_swapcache(page)
    if do_swap_account != 0 and PageSwapCache(page):
        __mem_cgroup_drop_swap_record(page.private)


def mem_cgroup_end_migration(mem: MemCgroup | None, oldpage: Page, newpage: Page) -> None:
    """Give the reservation to the page that survived; rmdir does not learn of it."""
    if mem is None:
        return
    unused: Page | None = None
    if oldpage.mapping is not None:
        target = oldpage
    else:
        target = newpage
        unused = oldpage
    if PageAnon(target):
        ctype = MEM_CGROUP_CHARGE_TYPE_MAPPED
    elif page_is_file_cache(target):
        ctype = MEM_CGROUP_CHARGE_TYPE_CACHE
    else:
        ctype = MEM_CGROUP_CHARGE_TYPE_SHMEM
    if unused is not None:
        __mem_cgroup_uncharge_common(unused, ctype)
    pc = lookup_page_cgroup(target)
    __mem_cgroup_commit_charge(mem, pc, ctype)
    if ctype == MEM_CGROUP_CHARGE_TYPE_MAPPED:
        mem_cgroup_uncharge_page(target)


def __unmap_and_move(page: Page, newpage: Page, force: bool) -> int:
    """The part of unmap_and_move() that has the page locked; later kernels call it so."""
    charge, mem = mem_cgroup_prepare_migration(page)
    if charge == -ENOMEM:
        return -ENOMEM
    BUG_ON(charge != 0)
    rc = -EAGAIN
    writeback = PageWriteback(page)
    if writeback and force:
        wait_on_page_writeback(page)
    if (not writeback or force) and page.mapping is not None:
        try_to_unmap(page, TTU_MIGRATION)
        if not page_mapped(page):
            rc = move_to_new_page(newpage, page)
        if rc != 0:
            remove_migration_ptes(page, page)
    if charge == 0:
        mem_cgroup_end_migration(mem, page, newpage)
    return rc


def __mem_cgroup_move_account(pc: PageCgroup, from_: MemCgroup, to: MemCgroup) -> None:
    """Make `to` the owner of a locked, used page_cgroup whose page is off the LRU."""
    BUG_ON(from_ is to)
    BUG_ON(PageLRU(pc.page))
    res_counter_uncharge(from_.res, 1)
    mem_cgroup_charge_statistics(from_, pc, False)
    if do_swap_account != 0:
        res_counter_uncharge(from_.memsw, 1)
    css_put(from_.css)
    css_get(to.css)
    pc.mem_cgroup = to
    mem_cgroup_charge_statistics(to, pc, True)


def mem_cgroup_force_empty(mem: MemCgroup, free_all: bool) -> int:
    """Make the usage of a group without tasks zero; 0, -EBUSY or -EINTR.

    An uncharged page may still be on the group's list after that.
    """
    css_get(mem.css)
    ret = 0
    shrink = False
    free = free_all
    while free or mem.res.usage > 0:
        ret = -EBUSY
        if not cgroup_is_empty(mem.css.cgroup) or (free and shrink):
            break
        ret = -EINTR
        if signal_pending(current):
            break
        if free:
            shrink = True
            free = False
            mem_cgroup_free_pages(mem)
            ret = 0
            continue
        ret = mem_cgroup_force_empty_list(mem)
        if ret == -ENOMEM:
            free = True
            continue
        ret = 0
        if mem.res.usage > 0:
            mem_cgroup_wait_for_charges(mem)
    css_put(mem.css)
    return ret


def __css_put(css: CgroupSubsysState, count: int) -> None:
    """Drop references.  Nobody waits for that, and nothing is asserted of the count."""
    with atomic():
        css.refcnt.counter -= count


def cgroup_rmdir(cgrp: Cgroup) -> int:
    """Remove a group without tasks and groups below; 0 or -EBUSY."""
    mutex_lock(cgroup_mutex)
    empty = cgroup_is_empty(cgrp)
    mutex_unlock(cgroup_mutex)
    if not empty:
        return -EBUSY
    mem_cgroup_pre_destroy(cgrp)
    mutex_lock(cgroup_mutex)
    if not cgroup_is_empty(cgrp) or not cgroup_clear_css_refs(cgrp):
        mutex_unlock(cgroup_mutex)
        return -EBUSY
    cgrp.CGRP_REMOVED = True
    cgrp.parent.children -= 1
    mutex_unlock(cgroup_mutex)
    dput(cgrp)
    return 0


def do_swap_page(mm: MmStruct, vma: VmAreaStruct, flags: int, orig_pte: int) -> int:
    """The pte is neither empty nor present: wait for the migration, or bring the page in.

    A fault that finds no room keeps its reference to the page (bc43f75cd981, in v2.6.30).
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
