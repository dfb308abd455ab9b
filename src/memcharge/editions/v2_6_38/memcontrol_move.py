# SPDX-License-Identifier: GPL-2.0-only
"""Moving charges from group to group (mm/memcontrol.c)."""

from typing import TYPE_CHECKING

from memcharge.editions.v2_6_34.fork import get_task_mm, mmput
from memcharge.editions.v2_6_34.memcontrol_group import __mem_cgroup_move_account
from memcharge.editions.v2_6_34.memcontrol_move import (
    mem_cgroup_count_precharge_pte_range,
    mem_cgroup_do_precharge,
    mem_cgroup_move_charge_pte_range,
)
from memcharge.editions.v2_6_37.memcontrol_move import (
    mem_cgroup_end_move,
    mem_cgroup_settle_moved_swap,
    mem_cgroup_start_move,
)
from memcharge.kernel import *

if TYPE_CHECKING:
    from memcharge.editions.v2_6_34.memcontrol import mem_cgroup_from_task
    from memcharge.editions.v2_6_37.memcontrol import __mem_cgroup_cancel_charge


def mem_cgroup_move_account(pc: PageCgroup, from_: MemCgroup, to: MemCgroup, uncharge: bool) -> int:
    """Make `to` the owner of a page that is charged to `from_` and off the LRU; 0 or -EINVAL."""
    ret = -EINVAL
    lock_page_cgroup(pc)
    if PageCgroupUsed(pc) and pc.mem_cgroup is from_:
        move_lock_page_cgroup(pc)
        __mem_cgroup_move_account(pc, from_, to, uncharge)
        move_unlock_page_cgroup(pc)
        ret = 0
    unlock_page_cgroup(pc)
    return ret


def mem_cgroup_count_precharge(mm: MmStruct) -> int:
    """How much there is to move, if nothing changes."""
    down_read(mm.mmap_sem)
    for vma in each(VmAreaStruct):
        if vma.vm_mm is mm and not vma.VM_SHARED:
            mem_cgroup_count_precharge_pte_range(vma)
    up_read(mm.mmap_sem)
    precharge = mc.precharge
    mc.precharge = 0
    return precharge


def mem_cgroup_precharge_mc(mm: MmStruct) -> int:
    """Charge ahead; from here on others wait for the move, so mmap_sem is dropped by now."""
    precharge = mem_cgroup_count_precharge(mm)
    BUG_ON(mc.moving_task is not None)
    mc.moving_task = current
    return mem_cgroup_do_precharge(precharge)


def __mem_cgroup_clear_mc() -> None:
    """Settle the accounts."""
    if mc.precharge != 0:
        __mem_cgroup_cancel_charge(mc.to, mc.precharge)
        mc.precharge = 0
    if mc.moved_charge != 0:
        __mem_cgroup_cancel_charge(mc.from_, mc.moved_charge)
        mc.moved_charge = 0
    if mc.moved_swap != 0:
        mem_cgroup_settle_moved_swap(mc.moved_swap)
        mc.moved_swap = 0


def mem_cgroup_clear_mc() -> None:
    """The same, and let those go on who waited for the move to end."""
    from_ = mc.from_
    mc.moving_task = None
    __mem_cgroup_clear_mc()
    mc.from_ = None
    mc.to = None
    mem_cgroup_end_move(from_)


def mem_cgroup_can_attach(mem: MemCgroup, p: TaskStruct) -> int:
    """Charge what is likely to come along beforehand; 0 or why the task has to stay."""
    if mem.move_charge_at_immigrate == 0:
        return 0
    from_ = mem_cgroup_from_task(p)
    BUG_ON(from_ is mem)
    mm = get_task_mm(p)
    if mm is None:
        return 0
    ret = 0
    if mm.owner is p:
        BUG_ON(mc.from_ is not None or mc.to is not None)
        BUG_ON(mc.precharge != 0 or mc.moved_charge != 0 or mc.moved_swap != 0)
        mem_cgroup_start_move(from_)
        mc.from_ = from_
        mc.to = mem
        ret = mem_cgroup_precharge_mc(mm)
        if ret != 0:
            mem_cgroup_clear_mc()
    mmput(mm)
    return ret


def mem_cgroup_lock_moved_mm(mm: MmStruct) -> None:
    """Take mmap_sem; as long as who has it may wait for the move, give up what was charged ahead.

    The start of mem_cgroup_move_charge(), where the kernel tries again and again.
    """
    if down_read_trylock(mm.mmap_sem):
        return
    __mem_cgroup_clear_mc()
    down_read(mm.mmap_sem)


def mem_cgroup_move_charge(mm: MmStruct) -> None:
    """Go through the address space of the task that has changed its group."""
    ret = 0
    mem_cgroup_lock_moved_mm(mm)
    for vma in each(VmAreaStruct):
        if ret == 0 and vma.vm_mm is mm and not vma.VM_SHARED:
            ret = mem_cgroup_move_charge_pte_range(vma)
    up_read(mm.mmap_sem)


def mem_cgroup_move_task(p: TaskStruct) -> None:
    """The task has changed its group: let its charges follow, if they are to."""
    if mc.to is None:
        return
    mm = get_task_mm(p)
    if mm is not None:
        mem_cgroup_move_charge(mm)
        mmput(mm)
    mem_cgroup_clear_mc()
