# SPDX-License-Identifier: GPL-2.0-only
"""Moving charges from group to group (mm/memcontrol.c, kernel/res_counter.c)."""

from typing import TYPE_CHECKING

from memcharge.editions.v2_6_34.cgroup import cgroup_is_empty, css_get, css_put
from memcharge.editions.v2_6_34.memcontrol_group import (
    mem_cgroup_free_pages,
    mem_cgroup_lru_entry,
    parent_mem_cgroup,
)
from memcharge.editions.v2_6_34.memcontrol_stock import (
    drain_all_stock_sync,
    mem_cgroup_has_stock,
)
from memcharge.editions.v2_6_34.res_counter import res_counter_uncharge_locked
from memcharge.editions.v3_4.memcontrol_move import (
    mem_cgroup_end_move,
    mem_cgroup_start_move,
    move_lock_mem_cgroup,
    move_unlock_mem_cgroup,
)
from memcharge.kernel import *
from memcharge.kernel import __this_cpu_add

if TYPE_CHECKING:
    from memcharge.editions.v2_6_34.memcontrol import (
        do_swap_account,
        lookup_page_cgroup,
        mem_cgroup_is_root,
    )
    from memcharge.editions.v2_6_34.swap import put_page
    from memcharge.editions.v2_6_34.vmscan import isolate_lru_page, putback_lru_page
    from memcharge.editions.v3_4.memcontrol import mem_cgroup_charge_statistics


def res_counter_uncharge_until(counter: ResCounter, top: ResCounter | None, val: int) -> None:
    """Take `val` off the usage here and above, but not from `top` on."""
    c: ResCounter | None = counter
    while c is not top:
        with atomic():
            res_counter_uncharge_locked(c, val)
            above = c.parent
        c = above


def __mem_cgroup_cancel_local_charge(memcg: MemCgroup, nr_pages: int) -> None:
    """Uncharge this group alone: what was moved up stays charged above."""
    if mem_cgroup_is_root(memcg):
        return
    res_counter_uncharge_until(memcg.res, memcg.res.parent, nr_pages)
    if do_swap_account != 0:
        res_counter_uncharge_until(memcg.memsw, memcg.memsw.parent, nr_pages)


def mem_cgroup_move_account(page: Page, pc: PageCgroup, from_: MemCgroup, to: MemCgroup) -> int:
    """Make `to` the owner of a page that is charged to `from_` and off the LRU; 0 or -EINVAL.

    No counter but the statistics changes.
    """
    anon = PageAnon(page)
    BUG_ON(from_ is to)
    BUG_ON(PageLRU(page))
    lock_page_cgroup(pc)
    if not PageCgroupUsed(pc) or pc.mem_cgroup is not from_:
        unlock_page_cgroup(pc)
        return -EINVAL
    move_lock_mem_cgroup(from_)
    if not anon and page_mapped(page):
        __this_cpu_add(from_.stat, MEM_CGROUP_STAT_FILE_MAPPED, -1)
        __this_cpu_add(to.stat, MEM_CGROUP_STAT_FILE_MAPPED, 1)
    mem_cgroup_charge_statistics(from_, anon, -1)
    pc.mem_cgroup = to
    mem_cgroup_charge_statistics(to, anon, 1)
    move_unlock_mem_cgroup(from_)
    unlock_page_cgroup(pc)
    return 0


def mem_cgroup_move_parent(page: Page, pc: PageCgroup, child: MemCgroup) -> int:
    """Make a page over to the group that it is charged to as well, or to the root.

    0, -EBUSY or -EINVAL.
    """
    if mem_cgroup_is_root(child):
        return -EINVAL
    if not get_page_unless_zero(page):
        return -EBUSY
    if isolate_lru_page(page) != 0:
        put_page(page)
        return -EBUSY
    parent = parent_mem_cgroup(child)
    if parent is None:
        parent = root_mem_cgroup
    ret = mem_cgroup_move_account(page, pc, child, parent)
    if ret == 0:
        __mem_cgroup_cancel_local_charge(child, 1)
    putback_lru_page(page)
    put_page(page)
    return ret


def mem_cgroup_force_empty_list(memcg: MemCgroup) -> bool:
    """Make the group's listed pages over; whether the list is not empty after that."""
    busy: PageCgroup | None = None
    while True:
        pc = mem_cgroup_lru_entry(memcg, busy)
        if pc is None:
            break
        busy = None
        if mem_cgroup_move_parent(pc.page, pc, memcg) != 0:
            busy = pc
    return memcg.lru_linked != 0


def mem_cgroup_wait_for_charges(mem: MemCgroup) -> None:
    """cond_resched(): not even a signal ends the rounds."""
    with atomic():
        wait_until(
            mem.lru_linked != 0
            or mem_cgroup_has_stock(mem)
            or mem.res.usage == 0
            or not cgroup_is_empty(mem.css.cgroup)
        )


def mem_cgroup_force_empty(memcg: MemCgroup, free_all: bool) -> int:
    """Make the usage of a group without tasks zero; 0, -EBUSY or -EINTR.

    There is always room above, so pages are reclaimed only for `free_all`.
    """
    ret = 0
    css_get(memcg.css)
    if free_all:
        if not cgroup_is_empty(memcg.css.cgroup):
            ret = -EBUSY
        else:
            mem_cgroup_free_pages(memcg)
            if signal_pending(current):
                ret = -EINTR
    while ret == 0:
        if not cgroup_is_empty(memcg.css.cgroup):
            ret = -EBUSY
            break
        drain_all_stock_sync()
        mem_cgroup_start_move(memcg)
        left = mem_cgroup_force_empty_list(memcg)
        mem_cgroup_end_move(memcg)
        if memcg.res.usage == 0 and not left:
            break
        mem_cgroup_wait_for_charges(memcg)
    css_put(memcg.css)
    return ret


def mem_cgroup_move_charge_page(page: Page) -> None:
    """Make a page over, and drop the reference with which it was found."""
    if isolate_lru_page(page) == 0:
        pc = lookup_page_cgroup(page)
        if mem_cgroup_move_account(page, pc, mc.from_, mc.to) == 0:
            mc.precharge -= 1
            mc.moved_charge += 1
        putback_lru_page(page)
    put_page(page)
