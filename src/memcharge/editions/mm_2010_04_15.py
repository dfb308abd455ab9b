# SPDX-License-Identifier: GPL-2.0-only
"""Charge the new page and commit before the migration (second version).

The caller gets the group, a charge that was bypassed fails the migration, and
the unused page is uncharged whatever its state.  An anonymous page whose
migration fails has lost its charge when it was unmapped, and stays without.

The mail applies to mmotm; here it stands on 2.6.34, which has the patch 1/2
that came with it.
"""

from memcharge.editions.v2_6_34.cgroup import (
    cgroup_exclude_rmdir,
    cgroup_release_and_wakeup_rmdir,
    css_get,
    css_put,
)
from memcharge.editions.v2_6_34.memcontrol import (
    MEM_CGROUP_CHARGE_TYPE_CACHE,
    MEM_CGROUP_CHARGE_TYPE_FORCE,
    MEM_CGROUP_CHARGE_TYPE_MAPPED,
    MEM_CGROUP_CHARGE_TYPE_SHMEM,
    __mem_cgroup_commit_charge,
    __mem_cgroup_try_charge,
    __mem_cgroup_uncharge_common,
    lookup_page_cgroup,
    mem_cgroup_disabled,
    mem_cgroup_uncharge_page,
)
from memcharge.editions.v2_6_34.migrate import move_to_new_page, remove_migration_ptes
from memcharge.editions.v2_6_34.rmap import TTU_MIGRATION, try_to_unmap
from memcharge.kernel import *

BASE = "v2_6_34"
PROVENANCE = (
    "2010-04-15, KAMEZAWA Hiroyuki, "
    "[RFC][BUGFIX][PATCH 2/2] memcg: fix file mapped underflow at migration (v2)"
)


def mem_cgroup_prepare_migration(page: Page, newpage: Page) -> tuple[int, MemCgroup | None]:
    """Charge the new page beforehand; a dying task cannot."""
    mem: MemCgroup | None = None
    ptr: MemCgroup | None = None
    if mem_cgroup_disabled():
        return 0, ptr
    pc = lookup_page_cgroup(page)
    lock_page_cgroup(pc)
    if PageCgroupUsed(pc):
        mem = pc.mem_cgroup
        css_get(mem.css)
    unlock_page_cgroup(pc)
    if mem is None:
        return 0, ptr
    ret, ptr = __mem_cgroup_try_charge(None, GFP_KERNEL, mem, False)
    css_put(mem.css)
    if ret != 0 or ptr is None:
        return -ENOMEM, ptr
    pc = lookup_page_cgroup(newpage)
    if PageAnon(page):
        ctype = MEM_CGROUP_CHARGE_TYPE_MAPPED
    elif page_is_file_cache(page):
        ctype = MEM_CGROUP_CHARGE_TYPE_CACHE
    else:
        ctype = MEM_CGROUP_CHARGE_TYPE_SHMEM
    __mem_cgroup_commit_charge(mem, pc, ctype)
    return ret, ptr


def mem_cgroup_end_migration(mem: MemCgroup | None, oldpage: Page, newpage: Page) -> None:
    """Uncharge the page that is not used any more, whatever its state."""
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
    __mem_cgroup_uncharge_common(unused, MEM_CGROUP_CHARGE_TYPE_FORCE)
    # Unmapped before it was mapped again, nobody else would uncharge it.
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
