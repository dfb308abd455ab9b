# SPDX-License-Identifier: GPL-2.0-only
"""Leave the migration alone and count a mapped survivor in end_migration().

The counter follows the page_cgroup's FILE_MAPPED flag: up only if the flag is
clear, down only if it is set.  But the late +1 meets a flag that is set
whenever the migration failed, and then it is a -1.

As posted it passes update_file_mapped() an argument too many, which is left
out here, and applies to mmotm; here it stands on 2.6.34.
"""

from memcharge.editions.v2_6_34.cgroup import (
    cgroup_exclude_rmdir,
    cgroup_release_and_wakeup_rmdir,
)
from memcharge.editions.v2_6_34.memcontrol import (
    MEM_CGROUP_CHARGE_TYPE_CACHE,
    MEM_CGROUP_CHARGE_TYPE_MAPPED,
    MEM_CGROUP_CHARGE_TYPE_SHMEM,
    __mem_cgroup_commit_charge,
    __mem_cgroup_uncharge_common,
    lookup_page_cgroup,
    mem_cgroup_uncharge_page,
)
from memcharge.kernel import *
from memcharge.kernel import __this_cpu_add

BASE = "v2_6_34"
PROVENANCE = (
    "2010-04-13, KAMEZAWA Hiroyuki, "
    "Re: [RFC][BUGFIX][PATCH] memcg: fix underflow of mapped_file stat"
)


def mem_cgroup_update_file_mapped(page: Page, val: int) -> None:
    """Count by the flag, not by what the caller saw."""
    pc = lookup_page_cgroup(page)
    lock_page_cgroup(pc)
    mem = pc.mem_cgroup
    if mem is not None and PageCgroupUsed(pc):
        if val > 0 and not PageCgroupFileMapped(pc):
            __this_cpu_add(mem.stat, MEM_CGROUP_STAT_FILE_MAPPED, 1)
            SetPageCgroupFileMapped(pc)
        elif PageCgroupFileMapped(pc):
            __this_cpu_add(mem.stat, MEM_CGROUP_STAT_FILE_MAPPED, -1)
            ClearPageCgroupFileMapped(pc)
    unlock_page_cgroup(pc)


def mem_cgroup_end_migration(mem: MemCgroup | None, oldpage: Page, newpage: Page) -> None:
    """Give the reservation to the page that survived, and count it if it is mapped."""
    if mem is None:
        return
    cgroup_exclude_rmdir(mem.css)
    unused: Page | None = None
    # A page that was moved away has no mapping left.
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
    elif page_mapped(target):
        mem_cgroup_update_file_mapped(target, 1)
    cgroup_release_and_wakeup_rmdir(mem.css)
