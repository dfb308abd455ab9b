# SPDX-License-Identifier: GPL-2.0-only
"""Emptying a group, whatever still needs the charges (mm/memcontrol.c, kernel/cgroup.c)."""

from memcharge.editions.v2_6_26.memcontrol import mem_cgroup_uncharge_page
from memcharge.editions.v2_6_28.memcontrol_group import (
    cgroup_has_css_refs,
    mem_cgroup_get_listed,
    mem_cgroup_pre_destroy,
)
from memcharge.editions.v2_6_34.cgroup import cgroup_is_empty, dput
from memcharge.editions.v2_6_34.swap import put_page
from memcharge.kernel import *


def mem_cgroup_force_empty_list(mem: MemCgroup) -> None:
    """Take one off the count of a listed page until none is listed."""
    while True:
        pc = mem_cgroup_get_listed(mem)
        if pc is None:
            break
        page = pc.page
        mem_cgroup_uncharge_page(page)
        put_page(page)


def mem_cgroup_lists_idle_page(mem: MemCgroup) -> bool:
    """Whether another round would find a charge to drop; a page that moves is no exception."""
    found = False
    for pc in each(PageCgroup):
        if pc.lru is mem:
            found = True
    return found


def cgroup_rmdir(cgrp: Cgroup) -> int:
    """Remove a group without tasks and groups below; 0 or -EBUSY.  No task can join meanwhile."""
    mutex_lock(cgroup_mutex)
    if not cgroup_is_empty(cgrp):
        mutex_unlock(cgroup_mutex)
        return -EBUSY
    mem_cgroup_pre_destroy(cgrp)
    if cgroup_has_css_refs(cgrp):
        mutex_unlock(cgroup_mutex)
        return -EBUSY
    cgrp.CGRP_REMOVED = True
    cgrp.parent.children -= 1
    mutex_unlock(cgroup_mutex)
    dput(cgrp)
    return 0
