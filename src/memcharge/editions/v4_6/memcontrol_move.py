# SPDX-License-Identifier: GPL-2.0-only
"""Moving charges with a task (mm/memcontrol.c, kernel/cgroup.c).

It comes after the attachment itself (264a0ae164bc), on the address space that
was looked at beforehand and is kept until then.
"""

from memcharge.editions.v2_6_34.fork import get_task_mm, mmput
from memcharge.editions.v2_6_34.memcontrol import mem_cgroup_from_task
from memcharge.editions.v3_17.memcontrol_move import (
    __mem_cgroup_clear_mc,
    mem_cgroup_move_charge_pte_range,
    mem_cgroup_precharge_mc,
)
from memcharge.kernel import *


def mem_cgroup_clear_mc() -> None:
    """Settle the accounts, and let those go on who waited for the move to end."""
    mm = mc.mm
    mc.moving_task = None
    __mem_cgroup_clear_mc()
    spin_lock(mc.lock)
    mc.from_ = None
    mc.to = None
    mc.mm = None
    spin_unlock(mc.lock)
    mmput(mm)


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
        mc.mm = mm
        mc.from_ = from_
        mc.to = memcg
        mc.flags = flags
        spin_unlock(mc.lock)
        ret = mem_cgroup_precharge_mc(mm)
        if ret != 0:
            mem_cgroup_clear_mc()
    else:
        mmput(mm)
    return ret


def mem_cgroup_move_charge() -> None:
    """Announce the move, wait for those who count, and go through the address space."""
    atomic_inc(mc.from_.moving_account)
    synchronize_rcu()
    while not down_read_trylock(mc.mm.mmap_sem):
        __mem_cgroup_clear_mc()
    ret = 0
    for vma in each(VmAreaStruct):
        if ret == 0 and vma.vm_mm is mc.mm:
            ret = mem_cgroup_move_charge_pte_range(vma)
    up_read(mc.mm.mmap_sem)
    atomic_dec(mc.from_.moving_account)


def mem_cgroup_move_task() -> None:
    """A task has changed its group: let its charges follow, if they are to."""
    if mc.to is not None:
        mem_cgroup_move_charge()
        mem_cgroup_clear_mc()


def cgroup_attach_task(cgrp: Cgroup, tsk: TaskStruct) -> int:
    """Make the group that of the task, with cgroup_mutex held; 0 or why not."""
    oldcgrp = mem_cgroup_from_task(tsk).css.cgroup
    if cgrp is oldcgrp:
        return 0
    retval = mem_cgroup_can_attach(cgrp.memcg, tsk)
    if retval != 0:
        return retval
    with atomic():
        cgrp.count.counter += 1
        oldcgrp.count.counter -= 1
        tsk.mem_cgroup = cgrp.memcg
    mem_cgroup_move_task()
    return 0
