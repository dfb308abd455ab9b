# SPDX-License-Identifier: GPL-2.0-only
"""Emptying a group, which forgets its charges, and rmdir (mm/memcontrol.c, kernel/cgroup.c).

The group above is not charged for what is dropped: a page that is in use stays
so, and nobody is charged for it (f817ed48535a, in v2.6.29).  The kernel counts
references from zero on; here the group has one of its own, as later.
"""

from memcharge.editions.v2_6_28.memcontrol import __mem_cgroup_uncharge_common
from memcharge.editions.v2_6_34.cgroup import (
    cgroup_file_open,
    cgroup_is_empty,
    cgroup_is_removed,
    cgroup_task_count,
    css_get,
    css_put,
    dput,
)
from memcharge.editions.v2_6_34.memcontrol import MEM_CGROUP_CHARGE_TYPE_FORCE
from memcharge.editions.v2_6_34.memcontrol_group import (
    __mem_cgroup_free,
    mem_cgroup_put,
    parent_mem_cgroup,
)
from memcharge.editions.v2_6_34.swap import put_page
from memcharge.kernel import *


def mem_cgroup_get_listed(mem: MemCgroup) -> PageCgroup | None:
    """One from the group's list, with a reference to its page; none if there is no charged one.

    The kernel's lists have an order; here a page on the zone's list goes first.
    """
    found: PageCgroup | None = None
    with atomic():
        for pc in each(PageCgroup):
            if pc.lru is mem and PageCgroupUsed(pc):
                if found is None or PageLRU(pc.page):
                    found = pc
        if found is not None:
            get_page(found.page)
    return found


def mem_cgroup_force_empty_list(mem: MemCgroup) -> None:
    """Drop the charges of the group's listed pages, mapped or not.

    One that is not on the zone's list, since it moves, ends that; the reference
    to it stays.
    """
    while True:
        pc = mem_cgroup_get_listed(mem)
        if pc is None:
            break
        page = pc.page
        if not PageLRU(page):
            break
        __mem_cgroup_uncharge_common(page, MEM_CGROUP_CHARGE_TYPE_FORCE)
        put_page(page)


def mem_cgroup_lists_idle_page(mem: MemCgroup) -> bool:
    """Whether another round would find a charge to drop."""
    idle = False
    for pc in each(PageCgroup):
        if pc.lru is mem and PageCgroupUsed(pc) and PageLRU(pc.page):
            idle = True
    return idle


def mem_cgroup_wait_for_charges(mem: MemCgroup) -> None:
    """cond_resched(): another round comes to the same until something of this changes.

    But for one: the kernel keeps another reference in each round.
    """
    with atomic():
        wait_until(
            mem.res.usage == 0
            or cgroup_task_count(mem.css.cgroup) != 0
            or mem_cgroup_lists_idle_page(mem)
        )


def mem_cgroup_force_empty(mem: MemCgroup) -> int:
    """Make the usage of a group without tasks zero; 0 or -EBUSY.  Nobody is asked to wait."""
    ret = 0
    css_get(mem.css)
    while mem.res.usage > 0:
        if cgroup_task_count(mem.css.cgroup) > 0:
            ret = -EBUSY
            break
        mem_cgroup_force_empty_list(mem)
        mem_cgroup_wait_for_charges(mem)
    css_put(mem.css)
    return ret


def mem_cgroup_force_empty_write(cont: Cgroup) -> int:
    """Somebody opens memory.force_empty, writes to it and closes it."""
    if not cgroup_file_open(cont):
        return -ENOENT
    ret = -ENODEV
    if not cgroup_is_removed(cont):
        ret = mem_cgroup_force_empty(cont.memcg)
    dput(cont)
    return ret


def mem_cgroup_pre_destroy(cont: Cgroup) -> None:
    mem_cgroup_force_empty(cont.memcg)


def mem_cgroup_destroy(cont: Cgroup) -> None:
    """No record in swap needs the struct any longer than the group."""
    parent = parent_mem_cgroup(cont.memcg)
    __mem_cgroup_free(cont.memcg)
    if parent is not None:
        mem_cgroup_put(parent)


def cgroup_has_css_refs(cgrp: Cgroup) -> bool:
    """Whether others hold references to the group's state."""
    return atomic_read(cgrp.memcg.css.refcnt) > 1


def cgroup_rmdir(cgrp: Cgroup) -> int:
    """Remove a group without tasks and groups below; 0 or -EBUSY."""
    mutex_lock(cgroup_mutex)
    empty = cgroup_is_empty(cgrp)
    mutex_unlock(cgroup_mutex)
    if not empty:
        return -EBUSY
    mem_cgroup_pre_destroy(cgrp)
    mutex_lock(cgroup_mutex)
    if not cgroup_is_empty(cgrp) or cgroup_has_css_refs(cgrp):
        mutex_unlock(cgroup_mutex)
        return -EBUSY
    cgrp.CGRP_REMOVED = True
    cgrp.parent.children -= 1
    mutex_unlock(cgroup_mutex)
    dput(cgrp)
    return 0
