# SPDX-License-Identifier: GPL-2.0-only
"""Moving charges from group to group, and saying so beforehand (mm/memcontrol.c)."""

from typing import TYPE_CHECKING

from memcharge.editions.v2_6_34.cgroup import cgroup_is_empty, css_get, css_put
from memcharge.editions.v2_6_34.fork import get_task_mm, mmput
from memcharge.editions.v2_6_34.memcontrol_group import (
    __mem_cgroup_put,
    mem_cgroup_force_empty_list,
    mem_cgroup_free_pages,
    mem_cgroup_wait_for_charges,
)
from memcharge.editions.v2_6_34.memcontrol_move import (
    mem_cgroup_count_precharge_pte_range,
    mem_cgroup_do_precharge,
    mem_cgroup_move_charge_pte_range,
)
from memcharge.editions.v2_6_34.memcontrol_stock import drain_all_stock_sync
from memcharge.editions.v2_6_34.res_counter import res_counter_charge, res_counter_uncharge
from memcharge.kernel import *
from memcharge.kernel import __this_cpu_add

if TYPE_CHECKING:
    from memcharge.editions.v2_6_34.memcontrol import (
        do_swap_account,
        mem_cgroup_from_task,
        mem_cgroup_is_root,
    )
    from memcharge.editions.v2_6_37.memcontrol import __mem_cgroup_cancel_charge


def mem_cgroup_start_move(mem: MemCgroup) -> None:
    """Let everybody know that pages leave the group, and wait for those who do not know it yet."""
    __this_cpu_add(mem.stat, MEM_CGROUP_ON_MOVE, 1)
    synchronize_rcu()


def mem_cgroup_end_move(mem: MemCgroup | None) -> None:
    if mem is None:
        return
    __this_cpu_add(mem.stat, MEM_CGROUP_ON_MOVE, -1)


def mem_cgroup_stealed(mem: MemCgroup) -> bool:
    """Whether pages are being moved out of the group; asked in an RCU read section."""
    return mem.stat.count[MEM_CGROUP_ON_MOVE] > 0


def mem_cgroup_force_empty(mem: MemCgroup, free_all: bool) -> int:
    """Make the usage of a group without tasks zero; 0, -EBUSY or -EINTR."""
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
        drain_all_stock_sync()
        mem_cgroup_start_move(mem)
        ret = mem_cgroup_force_empty_list(mem)
        mem_cgroup_end_move(mem)
        if ret == -ENOMEM:
            free = True
            continue
        if mem.res.usage == 0 and ret == 0:
            break
        mem_cgroup_wait_for_charges(mem)
    css_put(mem.css)
    return ret


def mem_cgroup_count_precharge(mm: MmStruct) -> int:
    """How much there is to move, if nothing changes; the caller holds mmap_sem."""
    for vma in each(VmAreaStruct):
        if vma.vm_mm is mm and not vma.VM_SHARED:
            mem_cgroup_count_precharge_pte_range(vma)
    precharge = mc.precharge
    mc.precharge = 0
    return precharge


def mem_cgroup_bulk_precharge(mem: MemCgroup, count: int) -> bool:
    """Charge several pages at once, without reclaim; true if they fit."""
    _ret, fail_res = res_counter_charge(mem.res, count)
    if fail_res is not None:
        return False
    if do_swap_account != 0:
        _ret, fail_res = res_counter_charge(mem.memsw, count)
        if fail_res is not None:
            res_counter_uncharge(mem.res, count)
            return False
    return True


def mem_cgroup_settle_moved_swap(count: int) -> None:
    """Take the slots off the old group; the new one was charged for pages, and got slots."""
    if not mem_cgroup_is_root(mc.from_):
        res_counter_uncharge(mc.from_.memsw, count)
    __mem_cgroup_put(mc.from_, count)
    if not mem_cgroup_is_root(mc.to):
        res_counter_uncharge(mc.to.res, count)


def mem_cgroup_clear_mc() -> None:
    """Settle the accounts, let go of the address space, and let those go on who waited."""
    from_ = mc.from_
    if mc.precharge != 0:
        __mem_cgroup_cancel_charge(mc.to, mc.precharge)
        mc.precharge = 0
    if mc.moved_charge != 0:
        __mem_cgroup_cancel_charge(mc.from_, mc.moved_charge)
        mc.moved_charge = 0
    if mc.moved_swap != 0:
        mem_cgroup_settle_moved_swap(mc.moved_swap)
        mc.moved_swap = 0
    mm = mc.mm
    if mm is not None:
        up_read(mm.mmap_sem)
        mmput(mm)
    mc.from_ = None
    mc.to = None
    mc.moving_task = None
    mc.mm = None
    mem_cgroup_end_move(from_)


def mem_cgroup_can_attach(mem: MemCgroup, p: TaskStruct) -> int:
    """Charge what is likely to come along beforehand; 0 or why the task has to stay.

    mmap_sem is taken before anybody has to wait for the move, who may hold it himself.
    """
    if mem.move_charge_at_immigrate == 0:
        return 0
    from_ = mem_cgroup_from_task(p)
    BUG_ON(from_ is mem)
    mm = get_task_mm(p)
    if mm is None:
        return 0
    if mm.owner is not p:
        mmput(mm)
        return 0
    down_read(mm.mmap_sem)
    BUG_ON(mc.from_ is not None or mc.to is not None or mc.moving_task is not None)
    BUG_ON(mc.precharge != 0 or mc.moved_charge != 0 or mc.moved_swap != 0 or mc.mm is not None)
    mem_cgroup_start_move(from_)
    mc.from_ = from_
    mc.to = mem
    mc.moving_task = current
    mc.mm = mm
    ret = mem_cgroup_do_precharge(mem_cgroup_count_precharge(mm))
    if ret != 0:
        mem_cgroup_clear_mc()
    return ret


def mem_cgroup_move_charge(mm: MmStruct) -> None:
    """Go through the address space of the task that has changed its group."""
    ret = 0
    for vma in each(VmAreaStruct):
        if ret == 0 and vma.vm_mm is mm and not vma.VM_SHARED:
            ret = mem_cgroup_move_charge_pte_range(vma)


def mem_cgroup_move_task(p: TaskStruct) -> None:
    """The task has changed its group: let its charges follow, if they are to."""
    mm = mc.mm
    if mm is None:
        return
    mem_cgroup_move_charge(mm)
    mem_cgroup_clear_mc()
