# SPDX-License-Identifier: GPL-2.0-only
"""One page in the place of another in a file's tree (mm/memcontrol.c, for mm/filemap.c)."""

from memcharge.editions.v2_6_34.memcontrol import (
    MEM_CGROUP_CHARGE_TYPE_CACHE,
    lookup_page_cgroup,
    mem_cgroup_disabled,
)
from memcharge.editions.v3_4.memcontrol import mem_cgroup_charge_statistics
from memcharge.editions.v3_6.memcontrol import __mem_cgroup_commit_charge
from memcharge.kernel import *


def mem_cgroup_replace_page_cache(oldpage: Page, newpage: Page) -> None:
    """Give the old page's charge, if it has one, to the new page."""
    memcg: MemCgroup | None = None
    if mem_cgroup_disabled():
        return
    pc = lookup_page_cgroup(oldpage)
    lock_page_cgroup(pc)
    if PageCgroupUsed(pc):
        memcg = pc.mem_cgroup
        mem_cgroup_charge_statistics(memcg, False, -1)
        ClearPageCgroupUsed(pc)
    unlock_page_cgroup(pc)
    if memcg is None:
        return
    __mem_cgroup_commit_charge(memcg, newpage, MEM_CGROUP_CHARGE_TYPE_CACHE, True)
