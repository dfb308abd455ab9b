# SPDX-License-Identifier: GPL-2.0-only
"""2.6.34, but rmdir takes a group without usage for one without pages.

A page may be uncharged and still on the group's list; whoever frees it later
looks for the list of a group that is gone.
"""

from memcharge.editions.v2_6_34.cgroup import cgroup_is_empty, css_get, css_put
from memcharge.editions.v2_6_34.memcontrol_group import (
    mem_cgroup_force_empty_list,
    mem_cgroup_free_pages,
    mem_cgroup_wait_for_charges,
)
from memcharge.editions.v2_6_34.memcontrol_stock import drain_all_stock_sync
from memcharge.kernel import *

BASE = "v2_6_34"
PROVENANCE = 'v2_6_34 without fce66477578d ("memcg: ensure list is empty at rmdir") (in v2.6.33)'


def mem_cgroup_force_empty(mem: MemCgroup, free_all: bool) -> int:
    """Make the usage of a group without tasks zero; 0, -EBUSY or -EINTR.

    Pages are moved to the group above, or if that is full or `free_all` reclaimed
    first.
    """
    css_get(mem.css)
    shrink = False
    free = free_all
    while True:
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
            continue
        ret = 0
        if mem.res.usage == 0:
            break
        drain_all_stock_sync()
        ret = mem_cgroup_force_empty_list(mem)
        if ret == -ENOMEM:
            free = True
            continue
        mem_cgroup_wait_for_charges(mem)
    css_put(mem.css)
    return ret
