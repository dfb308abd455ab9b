# SPDX-License-Identifier: GPL-2.0-only
"""Mark both pages of a migration and refuse to uncharge them (third version).

The flag PCG_MIGRATION keeps the charge of an anonymous page through the moment
in which nobody maps it, so a failed migration need not charge it again.  It is
on the new page, too, which is unlocked long before the end; its author took
swapping that page out for broken then.  No scenario shows it: while the flag is
on, the page is not on the LRU, and has a reference that reclaim does not expect.

The mail applies to mmotm 2010-04-15; here it stands on 2.6.34.
"""

from memcharge.editions.v2_6_34.cgroup import (
    cgroup_exclude_rmdir,
    cgroup_release_and_wakeup_rmdir,
    css_get,
    css_put,
)
from memcharge.editions.v2_6_34.memcontrol import (
    MEM_CGROUP_CHARGE_TYPE_CACHE,
    MEM_CGROUP_CHARGE_TYPE_DROP,
    MEM_CGROUP_CHARGE_TYPE_FORCE,
    MEM_CGROUP_CHARGE_TYPE_MAPPED,
    MEM_CGROUP_CHARGE_TYPE_SHMEM,
    MEM_CGROUP_CHARGE_TYPE_SWAPOUT,
    __do_uncharge,
    __mem_cgroup_commit_charge,
    __mem_cgroup_try_charge,
    lookup_page_cgroup,
    mem_cgroup_charge_statistics,
    mem_cgroup_disabled,
    mem_cgroup_is_root,
    mem_cgroup_swap_statistics,
    mem_cgroup_uncharge_page,
)
from memcharge.editions.v2_6_34.migrate import move_to_new_page, remove_migration_ptes
from memcharge.editions.v2_6_34.rmap import TTU_MIGRATION, try_to_unmap
from memcharge.kernel import *

BASE = "v2_6_34"
PROVENANCE = (
    "2010-04-16, KAMEZAWA Hiroyuki, "
    "[RFC][BUGFIX][PATCH 2/2] memcg: fix file mapped underflow at migration (v3)"
)


def __mem_cgroup_uncharge_common(page: Page, ctype: int) -> MemCgroup | None:
    """Uncharge a page unless its state says that it still deserves the charge.

    An anonymous page with the MIGRATION flag keeps it, whatever the caller wants.
    """
    if mem_cgroup_disabled():
        return None
    if PageSwapCache(page):
        return None
    pc = lookup_page_cgroup(page)
    if not PageCgroupUsed(pc):
        return None
    lock_page_cgroup(pc)
    mem = pc.mem_cgroup
    refused = not PageCgroupUsed(pc)
    if not refused and PageAnon(page) and PageCgroupMigration(pc):
        refused = True
    if not refused:
        if ctype == MEM_CGROUP_CHARGE_TYPE_MAPPED or ctype == MEM_CGROUP_CHARGE_TYPE_DROP:
            refused = page_mapped(page)
        elif ctype == MEM_CGROUP_CHARGE_TYPE_SWAPOUT:
            if not PageAnon(page):
                refused = page.mapping is not None and not page_is_file_cache(page)
            else:
                refused = page_mapped(page)
    if refused:
        unlock_page_cgroup(pc)
        return None
    if not mem_cgroup_is_root(mem):
        __do_uncharge(mem, ctype)
    if ctype == MEM_CGROUP_CHARGE_TYPE_SWAPOUT:
        mem_cgroup_swap_statistics(mem, True)
    mem_cgroup_charge_statistics(mem, pc, False)
    ClearPageCgroupUsed(pc)
    unlock_page_cgroup(pc)
    if ctype != MEM_CGROUP_CHARGE_TYPE_SWAPOUT:
        css_put(mem.css)
    return mem


def mem_cgroup_prepare_migration(page: Page, newpage: Page) -> tuple[int, MemCgroup | None]:
    """Mark the old page, charge the new one, and mark that too if it is anonymous."""
    mem: MemCgroup | None = None
    ptr: MemCgroup | None = None
    if mem_cgroup_disabled():
        return 0, ptr
    pc = lookup_page_cgroup(page)
    lock_page_cgroup(pc)
    if PageCgroupUsed(pc):
        mem = pc.mem_cgroup
        css_get(mem.css)
        SetPageCgroupMigration(pc)
    unlock_page_cgroup(pc)
    if mem is None:
        return 0, ptr
    ret, ptr = __mem_cgroup_try_charge(None, GFP_KERNEL, mem, False)
    css_put(mem.css)
    if ret != 0 or ptr is None:
        lock_page_cgroup(pc)
        ClearPageCgroupMigration(pc)
        unlock_page_cgroup(pc)
        # Unmapped while it was marked, it still has its charge.
        if PageAnon(page):
            mem_cgroup_uncharge_page(page)
        return -ENOMEM, ptr
    pc = lookup_page_cgroup(newpage)
    if PageAnon(page):
        ctype = MEM_CGROUP_CHARGE_TYPE_MAPPED
    elif page_is_file_cache(page):
        ctype = MEM_CGROUP_CHARGE_TYPE_CACHE
    else:
        ctype = MEM_CGROUP_CHARGE_TYPE_SHMEM
    __mem_cgroup_commit_charge(mem, pc, ctype)
    if ctype == MEM_CGROUP_CHARGE_TYPE_MAPPED:
        lock_page_cgroup(pc)
        SetPageCgroupMigration(pc)
        unlock_page_cgroup(pc)
    return ret, ptr


def mem_cgroup_end_migration(mem: MemCgroup | None, oldpage: Page, newpage: Page) -> None:
    """Clear both marks and uncharge what is not used or not mapped any more."""
    if mem is None:
        return
    cgroup_exclude_rmdir(mem.css)
    # A page that was moved away has no mapping left.
    if oldpage.mapping is not None:
        used = oldpage
        unused = newpage
    else:
        used = newpage
        unused = oldpage
    pc = lookup_page_cgroup(unused)
    lock_page_cgroup(pc)
    ClearPageCgroupMigration(pc)
    unlock_page_cgroup(pc)
    __mem_cgroup_uncharge_common(unused, MEM_CGROUP_CHARGE_TYPE_FORCE)
    pc = lookup_page_cgroup(used)
    lock_page_cgroup(pc)
    ClearPageCgroupMigration(pc)
    unlock_page_cgroup(pc)
    if PageAnon(used):
        mem_cgroup_uncharge_page(used)
    cgroup_release_and_wakeup_rmdir(mem.css)


def __unmap_and_move(page: Page, newpage: Page, force: bool) -> int:
    """The part of unmap_and_move() that has the page locked; later kernels call it so."""
    charge, mem = mem_cgroup_prepare_migration(page, newpage)
    if charge == -ENOMEM:
        return -ENOMEM
    BUG_ON(charge != 0)
    rc = -EAGAIN
    writeback = PageWriteback(page)
    if writeback and force:
        wait_on_page_writeback(page)
    if not writeback or force:
        # A page of no mapping is in the swap cache only, and mapped nowhere.
        if page.mapping is not None:
            try_to_unmap(page, TTU_MIGRATION)
        if not page_mapped(page):
            rc = move_to_new_page(newpage, page)
        if rc != 0:
            remove_migration_ptes(page, page)
    if charge == 0:
        mem_cgroup_end_migration(mem, page, newpage)
    return rc
