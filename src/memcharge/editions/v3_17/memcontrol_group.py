# SPDX-License-Identifier: GPL-2.0-only
"""How a group is emptied and freed (mm/memcontrol.c).

A removed group hands its pages to the one above until it has no usage left, and
once more when nobody refers to it any more, for a page may have come back from
swap meanwhile.
"""

from typing import TYPE_CHECKING

from memcharge.editions.v2_6_34.memcontrol import (
    MEM_CGROUP_RECLAIM_RETRIES,
    mem_cgroup_is_root,
)
from memcharge.editions.v2_6_34.memcontrol_group import mem_cgroup_lru_entry
from memcharge.editions.v2_6_34.memcontrol_reclaim import try_to_free_mem_cgroup_pages
from memcharge.editions.v3_4.memcontrol_move import mem_cgroup_end_move, mem_cgroup_start_move
from memcharge.editions.v3_6.memcontrol_move import mem_cgroup_move_parent
from memcharge.kernel import *

if TYPE_CHECKING:
    from memcharge.editions.v3_17.cgroup import kernfs_get_active, kernfs_put_active


def mem_cgroup_force_empty_list(memcg: MemCgroup) -> None:
    """Hand up what is on the group's list; one that is busy is tried after the others."""
    busy: PageCgroup | None = None
    while True:
        pc = mem_cgroup_lru_entry(memcg, busy)
        if pc is None:
            break
        busy = None
        if mem_cgroup_move_parent(pc.page, pc, memcg) != 0:
            busy = pc


def mem_cgroup_wait_for_charges(memcg: MemCgroup) -> None:
    """cond_resched(): another round comes to the same until something of this changes."""
    with atomic():
        wait_until(memcg.lru_linked != 0 or memcg.res.usage == 0)


def mem_cgroup_reparent_charges(memcg: MemCgroup) -> None:
    """Hand all charges up; a page that is on no list comes back to one, or is uncharged."""
    while True:
        mem_cgroup_start_move(memcg)
        mem_cgroup_force_empty_list(memcg)
        mem_cgroup_end_move(memcg)
        if memcg.res.usage == 0:
            return
        mem_cgroup_wait_for_charges(memcg)


def mem_cgroup_css_offline(memcg: MemCgroup) -> None:
    """The group was removed; cgroup_mutex is held."""
    mem_cgroup_reparent_charges(memcg)


def mem_cgroup_css_free(memcg: MemCgroup) -> None:
    """A charge by a swap record may be later than mem_cgroup_css_offline()."""
    mem_cgroup_reparent_charges(memcg)
    kfree(memcg)


def mem_cgroup_force_empty(memcg: MemCgroup) -> int:
    """Reclaim what the group has, as long as that gets on; 0 or -EINTR."""
    nr_retries = MEM_CGROUP_RECLAIM_RETRIES
    while nr_retries > 0 and memcg.res.usage != 0:
        if signal_pending(current):
            return -EINTR
        if try_to_free_mem_cgroup_pages(memcg, GFP_KERNEL, False) == 0:
            nr_retries -= 1
    return 0


def mem_cgroup_force_empty_write(cont: Cgroup) -> int:
    """Somebody writes to memory.force_empty; the group may have tasks.

    What the file's own layer does before and after is part of it here.
    """
    if not kernfs_get_active(cont):
        return -ENODEV
    ret = -EINVAL
    if not mem_cgroup_is_root(cont.memcg):
        ret = mem_cgroup_force_empty(cont.memcg)
    kernfs_put_active(cont)
    return ret
