# SPDX-License-Identifier: GPL-2.0-only
"""Reclaim for a group that is full, and what comes if that frees nothing (mm/memcontrol.c)."""

from typing import TYPE_CHECKING

from memcharge.editions.v2_6_34.cgroup import css_get, css_is_ancestor, css_put, css_tryget
from memcharge.editions.v2_6_34.memcontrol_lru import mem_cgroup_isolate_pages
from memcharge.editions.v2_6_34.memcontrol_stock import drain_all_stock_async
from memcharge.editions.v2_6_34.res_counter import res_counter_check_under_limit
from memcharge.kernel import *

if TYPE_CHECKING:
    from memcharge.editions.v2_6_34.memcontrol import do_swap_account
    from memcharge.editions.v2_6_34.page_io import end_swap_bio_write
    from memcharge.editions.v2_6_34.vmscan import shrink_page_list

# How often a group's list is scanned: once to write a page, once more to free it.
RECLAIM_ROUNDS = 2


def mem_cgroup_check_under_limit(mem: MemCgroup) -> bool:
    """Whether another charge may fit by now."""
    if do_swap_account != 0:
        return res_counter_check_under_limit(mem.res) and res_counter_check_under_limit(mem.memsw)
    return res_counter_check_under_limit(mem.res)


def mem_cgroup_local_usage(mem: MemCgroup) -> int:
    """Pages charged to the group itself."""
    return mem.stat.count[MEM_CGROUP_STAT_RSS] + mem.stat.count[MEM_CGROUP_STAT_CACHE]


def try_to_free_mem_cgroup_pages(mem_cont: MemCgroup, gfp_mask: int, noswap: bool) -> int:
    """Reclaim pages from the group's own list; how many (mm/vmscan.c).

    The kernel goes for 32 of them, in twelve rounds if need be.
    """
    if not config.private_lru:
        return 0
    nr_reclaimed = 0
    rounds = 0
    while rounds < RECLAIM_ROUNDS:
        spin_lock(contig_zone.lru_lock)
        page = mem_cgroup_isolate_pages(mem_cont, noswap)
        spin_unlock(contig_zone.lru_lock)
        if page is None:
            break
        freed, written = shrink_page_list(page)
        nr_reclaimed += freed
        if written:
            end_swap_bio_write(page)
        rounds += 1
    return nr_reclaimed


def mem_cgroup_select_victim(root_mem: MemCgroup) -> MemCgroup:
    """The next group of the hierarchy to reclaim from, with a reference."""
    if not root_mem.use_hierarchy:
        css_get(root_mem.css)
        return root_mem
    ret: MemCgroup | None = None
    while ret is None:
        rcu_read_lock()
        last = root_mem.last_scanned_child
        found: MemCgroup | None = None
        for entry in each(CssId):
            mem = entry.css
            if index_of(entry) > last and found is None and mem is not None:
                if css_is_ancestor(mem, root_mem):
                    found = mem
                    last = index_of(entry)
        if found is None:
            last = 0
        elif css_tryget(found.css):
            ret = found
        rcu_read_unlock()
        root_mem.last_scanned_child = last
    return ret


def mem_cgroup_hierarchical_reclaim(root_mem: MemCgroup, gfp_mask: int, noswap: bool) -> int:
    """Reclaim from the group that is full and those below; not 0 if that may have made room.

    It ends when it comes to `root_mem` for the second time.
    """
    if not config.private_lru and not config.stock:
        return 0
    # Where both limits are the same, swapping a page out makes no room.
    if root_mem.memsw_is_minimum:
        noswap = True
    total = 0
    loop = 0
    while True:
        victim = mem_cgroup_select_victim(root_mem)
        if victim is root_mem:
            loop += 1
            drain_all_stock_async()
            if loop >= 2:
                css_put(victim.css)
                break
        if mem_cgroup_local_usage(victim) == 0:
            css_put(victim.css)
            continue
        total += try_to_free_mem_cgroup_pages(victim, gfp_mask, noswap)
        css_put(victim.css)
        if mem_cgroup_check_under_limit(root_mem):
            return 1 + total
    return total


def mem_cgroup_handle_oom(mem: MemCgroup, mask: int) -> bool:
    """Kill a task of the group that is full; whether to try again.

    Of the group's tasks that is the caller, if it is one.  Only swapoff charges a group of which
    it is no task, and tries again as long as there are others to kill.  Then it is killed itself:
    by the kernel until 2.6.34, by whoever is tired of it later.
    """
    victim = current
    if current.PF_OOM_ORIGIN and not css_is_ancestor(current.mem_cgroup, mem):
        for task in each(TaskStruct):
            if task.mm is not None and not task.SIGKILL and css_is_ancestor(task.mem_cgroup, mem):
                victim = task
    victim.SIGKILL = True
    return victim is not current
