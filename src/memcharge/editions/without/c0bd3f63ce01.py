# SPDX-License-Identifier: GPL-2.0-only
"""2.6.34, but the owner of a page in the swap cache is looked up without its lock.

Between the look and the reference, rmdir can move the charge to the group above
and free the group.
"""

from memcharge.editions.v2_6_34.cgroup import css_tryget
from memcharge.editions.v2_6_34.memcontrol import lookup_page_cgroup
from memcharge.editions.v2_6_34.memcontrol_group import mem_cgroup_lookup
from memcharge.editions.v2_6_34.page_cgroup import lookup_swap_cgroup
from memcharge.kernel import *

BASE = "v2_6_34"
PROVENANCE = (
    'v2_6_34 without c0bd3f63ce01 ("memcg: fix try_get_mem_cgroup_from_swapcache()") (in v2.6.30)'
)


def try_get_mem_cgroup_from_page(page: Page) -> MemCgroup | None:
    """Who is charged for the locked page or, if nobody is, for its swap slot; with a reference.

    The lock of the page does not keep the owner from being changed.
    """
    mem: MemCgroup | None = None
    BUG_ON(not PageLocked(page))
    pc = lookup_page_cgroup(page)
    if PageCgroupUsed(pc):
        mem = pc.mem_cgroup
        if mem is not None and not css_tryget(mem.css):
            mem = None
    elif PageSwapCache(page):
        id = lookup_swap_cgroup(page.private)  # noqa: A001 - the kernel's name
        rcu_read_lock()
        mem = mem_cgroup_lookup(id)
        if mem is not None and not css_tryget(mem.css):
            mem = None
        rcu_read_unlock()
    return mem
