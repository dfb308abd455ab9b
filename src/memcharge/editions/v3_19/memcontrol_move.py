# SPDX-License-Identifier: GPL-2.0-only
"""Moving charges with a task (mm/memcontrol.c).

The references of moved charges are those with which the new group was charged
beforehand.  The move is announced only when the task has changed its group.
"""

from memcharge.editions.v2_6_34.cgroup import __css_put, css_id
from memcharge.editions.v2_6_34.fork import get_task_mm, mmput
from memcharge.editions.v2_6_34.memcontrol import (
    mem_cgroup_from_task,
    mem_cgroup_is_root,
    mem_cgroup_swap_statistics,
)
from memcharge.editions.v2_6_34.page_cgroup import swap_cgroup_cmpxchg
from memcharge.editions.v2_6_34.res_counter import res_counter_uncharge
from memcharge.editions.v2_6_34.swap import put_page
from memcharge.editions.v2_6_34.vmscan import isolate_lru_page, putback_lru_page
from memcharge.editions.v3_17.memcontrol import mem_cgroup_charge_statistics
from memcharge.editions.v3_17.memcontrol_move import (
    __mem_cgroup_clear_mc,
    mem_cgroup_move_charge_pte_range,
    mem_cgroup_precharge_mc,
)
from memcharge.kernel import *
from memcharge.kernel import __this_cpu_add


def mem_cgroup_move_account(page: Page, from_: MemCgroup, to: MemCgroup) -> int:
    """Make `to` the owner of a page that is off the LRU; 0, -EBUSY or -EINVAL.

    The caller has charged `to`, with a reference, and takes the charge off `from_`.
    """
    BUG_ON(from_ is to)
    BUG_ON(PageLRU(page))
    if not trylock_page(page):
        return -EBUSY
    if page.mem_cgroup is not from_:
        unlock_page(page)
        return -EINVAL
    spin_lock(from_.move_lock)
    if not PageAnon(page) and page_mapped(page):
        __this_cpu_add(from_.stat, MEM_CGROUP_STAT_FILE_MAPPED, -1)
        __this_cpu_add(to.stat, MEM_CGROUP_STAT_FILE_MAPPED, 1)
    page.mem_cgroup = to
    spin_unlock(from_.move_lock)
    mem_cgroup_charge_statistics(to, page, 1)
    mem_cgroup_charge_statistics(from_, page, -1)
    unlock_page(page)
    return 0


def mem_cgroup_move_swap_account(entry: int, from_: MemCgroup, to: MemCgroup) -> int:
    """Make `to` the one whom a swap slot is charged to, if that was `from_`; 0 or -EINVAL."""
    old_id = css_id(from_.css)
    new_id = css_id(to.css)
    if swap_cgroup_cmpxchg(entry, old_id, new_id) != old_id:
        return -EINVAL
    mem_cgroup_swap_statistics(from_, False)
    mem_cgroup_swap_statistics(to, True)
    return 0


def mc_page_is_from(page: Page) -> bool:
    """Whether the group that the task leaves is charged for the page: a look without a lock."""
    return page.mem_cgroup is mc.from_


def mem_cgroup_settle_moved_swap(count: int) -> None:
    """Take the slots off the old group; the new one was charged for pages, and got slots."""
    if not mem_cgroup_is_root(mc.from_):
        res_counter_uncharge(mc.from_.memsw, count)
    if not mem_cgroup_is_root(mc.to):
        res_counter_uncharge(mc.to.res, count)
    if not mem_cgroup_is_root(mc.from_):
        __css_put(mc.from_.css, count)


def mem_cgroup_clear_mc() -> None:
    """Settle the accounts, and let those go on who waited for the move to end."""
    mc.moving_task = None
    __mem_cgroup_clear_mc()
    spin_lock(mc.lock)
    mc.from_ = None
    mc.to = None
    spin_unlock(mc.lock)


def mem_cgroup_can_attach(memcg: MemCgroup, p: TaskStruct) -> int:
    """Charge what is likely to come along beforehand; 0 or why the task has to stay."""
    flags = memcg.move_charge_at_immigrate
    if flags == 0:
        return 0
    from_ = mem_cgroup_from_task(p)
    BUG_ON(from_ is memcg)
    mm = get_task_mm(p)
    if mm is None:
        return 0
    ret = 0
    if mm.owner is p:
        BUG_ON(mc.from_ is not None or mc.to is not None)
        BUG_ON(mc.precharge != 0 or mc.moved_charge != 0 or mc.moved_swap != 0)
        spin_lock(mc.lock)
        mc.from_ = from_
        mc.to = memcg
        mc.flags = flags
        spin_unlock(mc.lock)
        ret = mem_cgroup_precharge_mc(mm)
        if ret != 0:
            mem_cgroup_clear_mc()
    mmput(mm)
    return ret


def mem_cgroup_move_charge_page(page: Page) -> None:
    """Make a page over, and drop the reference with which it was found."""
    if isolate_lru_page(page) == 0:
        if mem_cgroup_move_account(page, mc.from_, mc.to) == 0:
            mc.precharge -= 1
            mc.moved_charge += 1
        putback_lru_page(page)
    put_page(page)


def mem_cgroup_move_charge(mm: MmStruct) -> None:
    """Announce the move, wait for those who count, and go through the address space."""
    atomic_inc(mc.from_.moving_account)
    synchronize_rcu()
    while not down_read_trylock(mm.mmap_sem):
        __mem_cgroup_clear_mc()
    ret = 0
    for vma in each(VmAreaStruct):
        if ret == 0 and vma.vm_mm is mm:
            ret = mem_cgroup_move_charge_pte_range(vma)
    up_read(mm.mmap_sem)
    atomic_dec(mc.from_.moving_account)
