# SPDX-License-Identifier: GPL-2.0-only
"""Moving charges from group to group, and counting meanwhile (mm/memcontrol.c).

Who changes what a page counts as looks up its owner before that.  While pages
leave the owner, he holds a lock of the group from before the change until it
is counted, and whoever makes a page over holds it as well.
"""

from typing import TYPE_CHECKING

from memcharge.editions.v2_6_34.memcontrol_group import mem_cgroup_lru_entry
from memcharge.kernel import *
from memcharge.kernel import __this_cpu_add

if TYPE_CHECKING:
    from memcharge.editions.v2_6_34.memcontrol import (
        lookup_page_cgroup,
        mem_cgroup_cancel_charge,
        mem_cgroup_disabled,
    )
    from memcharge.editions.v2_6_34.swap import put_page
    from memcharge.editions.v2_6_34.vmscan import isolate_lru_page, putback_lru_page
    from memcharge.editions.v3_4.memcontrol import (
        __mem_cgroup_try_charge,
        mem_cgroup_charge_statistics,
    )


def mem_cgroup_start_move(memcg: MemCgroup) -> None:
    """Let everybody know that pages leave the group, and wait for those who do not know it yet."""
    atomic_inc(memcg_moving)
    atomic_inc(memcg.moving_account)
    synchronize_rcu()


def mem_cgroup_end_move(memcg: MemCgroup | None) -> None:
    if memcg is None:
        return
    atomic_dec(memcg_moving)
    atomic_dec(memcg.moving_account)


def mem_cgroup_stolen(memcg: MemCgroup) -> bool:
    """Whether pages are being moved out of the group; asked in an RCU read section."""
    return atomic_read(memcg.moving_account) > 0


def move_lock_mem_cgroup(memcg: MemCgroup) -> None:
    spin_lock(memcg.move_lock)


def move_unlock_mem_cgroup(memcg: MemCgroup) -> None:
    spin_unlock(memcg.move_lock)


def __mem_cgroup_begin_update_page_stat(page: Page) -> bool:
    """Lock the owner's pages against being moved, if they are being moved; true if locked."""
    pc = lookup_page_cgroup(page)
    while True:
        memcg = pc.mem_cgroup
        if memcg is None or not PageCgroupUsed(pc):
            return False
        if not mem_cgroup_stolen(memcg):
            return False
        move_lock_mem_cgroup(memcg)
        if memcg is pc.mem_cgroup and PageCgroupUsed(pc):
            return True
        move_unlock_mem_cgroup(memcg)


def mem_cgroup_begin_update_page_stat(page: Page) -> bool:
    """Begin to change what the page counts as; the kernel's `locked` is the return value."""
    if mem_cgroup_disabled():
        return False
    rcu_read_lock()
    locked = False
    if atomic_read(memcg_moving) != 0:
        locked = __mem_cgroup_begin_update_page_stat(page)
    return locked


def __mem_cgroup_end_update_page_stat(page: Page) -> None:
    """Unlock the owner, who is looked up again: that he has not changed is taken for granted."""
    pc = lookup_page_cgroup(page)
    move_unlock_mem_cgroup(pc.mem_cgroup)


def mem_cgroup_end_update_page_stat(page: Page, locked: bool) -> None:
    if mem_cgroup_disabled():
        return
    if locked:
        __mem_cgroup_end_update_page_stat(page)
    rcu_read_unlock()


def mem_cgroup_move_account(
    page: Page, pc: PageCgroup, from_: MemCgroup, to: MemCgroup, uncharge: bool
) -> int:
    """Make `to` the owner of a page that is charged to `from_` and off the LRU; 0 or -EINVAL.

    FILE_MAPPED goes with the mapcount, which cannot be ahead of it here.
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
    if uncharge:
        mem_cgroup_cancel_charge(from_)
    pc.mem_cgroup = to
    mem_cgroup_charge_statistics(to, anon, 1)
    move_unlock_mem_cgroup(from_)
    unlock_page_cgroup(pc)
    return 0


def mem_cgroup_move_parent(page: Page, pc: PageCgroup, child: MemCgroup, gfp_mask: int) -> int:
    """Move the charge of a page to the directory above; 0, -EBUSY, -EINVAL, -ENOMEM or -EINTR."""
    pcg = child.css.cgroup.parent
    if pcg is None:
        return -EINVAL
    if not get_page_unless_zero(page):
        return -EBUSY
    if isolate_lru_page(page) != 0:
        put_page(page)
        return -EBUSY
    ret, parent = __mem_cgroup_try_charge(None, gfp_mask, pcg.memcg, False)
    if ret == 0:
        ret = mem_cgroup_move_account(page, pc, child, parent, True)
        if ret != 0:
            mem_cgroup_cancel_charge(parent)
    putback_lru_page(page)
    put_page(page)
    return ret


def mem_cgroup_force_empty_list(memcg: MemCgroup) -> int:
    """Move the charges of the group's listed pages up; 0, or why it cannot go on."""
    ret = 0
    busy: PageCgroup | None = None
    while True:
        pc = mem_cgroup_lru_entry(memcg, busy)
        if pc is None:
            break
        ret = mem_cgroup_move_parent(pc.page, pc, memcg, GFP_KERNEL)
        if ret == -ENOMEM or ret == -EINTR:
            break
        busy = None
        if ret != 0:
            busy = pc
    if ret != -ENOMEM and ret != -EINTR:
        ret = -EBUSY if memcg.lru_linked != 0 else 0
    return ret


def mem_cgroup_move_charge_page(page: Page) -> None:
    """Make a page over, and drop the reference with which it was found."""
    if isolate_lru_page(page) == 0:
        pc = lookup_page_cgroup(page)
        if mem_cgroup_move_account(page, pc, mc.from_, mc.to, False) == 0:
            mc.precharge -= 1
            mc.moved_charge += 1
        putback_lru_page(page)
    put_page(page)
