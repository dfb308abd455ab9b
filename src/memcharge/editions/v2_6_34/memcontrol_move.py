# SPDX-License-Identifier: GPL-2.0-only
"""Moving a task's charges along with the task (mm/memcontrol.c).

Before the task changes its group, as many pages are charged to the new one as
are likely to follow; afterwards each page table entry is visited and its
charge made over.  What the old group is still charged for then, and what was
charged to the new one in vain, is settled at the end in one go.
"""

from typing import TYPE_CHECKING

from memcharge.editions.v2_6_34.cgroup import (
    __css_get,
    __css_put,
    css_id,
    css_is_ancestor,
    css_put,
    css_tryget,
)
from memcharge.editions.v2_6_34.memcontrol_group import (
    __mem_cgroup_put,
    mem_cgroup_get,
    mem_cgroup_move_account,
)
from memcharge.editions.v2_6_34.page_cgroup import lookup_swap_cgroup, swap_cgroup_cmpxchg
from memcharge.editions.v2_6_34.res_counter import res_counter_charge, res_counter_uncharge
from memcharge.kernel import *

if TYPE_CHECKING:
    from memcharge.editions.v2_6_34.fork import get_task_mm, mmput
    from memcharge.editions.v2_6_34.memcontrol import (
        __mem_cgroup_cancel_charge,
        __mem_cgroup_try_charge,
        do_swap_account,
        lookup_page_cgroup,
        mem_cgroup_from_task,
        mem_cgroup_is_root,
        mem_cgroup_swap_statistics,
    )
    from memcharge.editions.v2_6_34.swap import put_page
    from memcharge.editions.v2_6_34.swapfile import mem_cgroup_count_swap_user
    from memcharge.editions.v2_6_34.vmscan import isolate_lru_page, putback_lru_page

MC_TARGET_NONE = 0
MC_TARGET_PAGE = 1
MC_TARGET_SWAP = 2


def mem_cgroup_move_swap_account(entry: int, from_: MemCgroup, to: MemCgroup) -> int:
    """Make `to` the one whom a swap slot is charged to, if that was `from_`; 0 or -EINVAL.

    `to` is charged for a page already.  Its struct is kept at once: swapping in
    drops that reference.  The rest is settled at the end of the move.
    """
    old_id = css_id(from_.css)
    new_id = css_id(to.css)
    if swap_cgroup_cmpxchg(entry, old_id, new_id) != old_id:
        return -EINVAL
    mem_cgroup_swap_statistics(from_, False)
    mem_cgroup_swap_statistics(to, True)
    mem_cgroup_get(to)
    return 0


def mem_cgroup_bulk_precharge(mem: MemCgroup, count: int) -> bool:
    """Charge several pages at once, without reclaim; true if they fit.

    With that come as many references, as if each had been charged alone.
    """
    _ret, fail_res = res_counter_charge(mem.res, count)
    if fail_res is not None:
        return False
    if do_swap_account != 0:
        _ret, fail_res = res_counter_charge(mem.memsw, count)
        if fail_res is not None:
            res_counter_uncharge(mem.res, count)
            return False
    __css_get(mem.css, count)
    return True


def mem_cgroup_do_precharge(count: int) -> int:
    """Charge the new group for pages that may follow; 0, -EINTR or -ENOMEM.

    What was charged when it fails, mem_cgroup_clear_mc() gives back.
    """
    mem = mc.to
    if mem_cgroup_is_root(mem):
        mc.precharge += count
        return 0
    if count > 1 and mem_cgroup_bulk_precharge(mem, count):
        mc.precharge += count
        return 0
    while count > 0:
        if signal_pending(current):
            return -EINTR
        ret, mem = __mem_cgroup_try_charge(None, GFP_KERNEL, mem, False)
        if ret != 0 or mem is None:
            return -ENOMEM
        mc.precharge += 1
        count -= 1
    return 0


def is_target_pte_for_mc(vma: VmAreaStruct, ptent: int) -> tuple[int, Page | None, int]:
    """What there is to move at a pte whose lock is held: a page, with a reference, or a swap slot.

    Pages of files stay, and so does what other processes use as well.  A page that
    is being migrated is not found, for its entry is no swap slot.
    """
    if mc.to.move_charge_at_immigrate == 0 or pte_none(ptent):
        return MC_TARGET_NONE, None, 0
    entry = 0
    if pte_present(ptent):
        page = vm_normal_page(ptent)
        if page is None or not page_mapped(page) or not PageAnon(page):
            return MC_TARGET_NONE, None, 0
        if not get_page_unless_zero(page):
            return MC_TARGET_NONE, None, 0
        usage_count = page_mapcount(page)
    elif non_swap_entry(ptent):
        return MC_TARGET_NONE, None, 0
    else:
        entry = pte_to_swp_entry(ptent)
        usage_count, page = mem_cgroup_count_swap_user(entry)
    if usage_count > 1:
        if page is not None:
            put_page(page)
        return MC_TARGET_NONE, None, 0
    if page is not None:
        # A loose check: it is made again under the lock.
        pc = lookup_page_cgroup(page)
        if PageCgroupUsed(pc) and pc.mem_cgroup is mc.from_:
            return MC_TARGET_PAGE, page, 0
        put_page(page)
    if entry != 0 and do_swap_account != 0:
        if css_id(mc.from_.css) == lookup_swap_cgroup(entry):
            return MC_TARGET_SWAP, None, entry
    return MC_TARGET_NONE, None, 0


def mem_cgroup_count_precharge_pte_range(vma: VmAreaStruct) -> None:
    """Count in `mc.precharge` what there is to move in an area."""
    spin_lock(vma.ptl)
    target, page, _entry = is_target_pte_for_mc(vma, vma.pte)
    if target == MC_TARGET_PAGE:
        put_page(page)
    if target != MC_TARGET_NONE:
        mc.precharge += 1
    spin_unlock(vma.ptl)


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


def mem_cgroup_settle_moved_swap(count: int) -> None:
    """Take the slots off the old group; the new one was charged for pages, and got slots."""
    if not mem_cgroup_is_root(mc.from_):
        res_counter_uncharge(mc.from_.memsw, count)
    __mem_cgroup_put(mc.from_, count)
    if not mem_cgroup_is_root(mc.to):
        res_counter_uncharge(mc.to.res, count)
        __css_put(mc.to.css, count)


def mem_cgroup_clear_mc() -> None:
    """Settle the accounts, and let those go on who waited for the move to end."""
    if mc.precharge != 0:
        __mem_cgroup_cancel_charge(mc.to, mc.precharge)
        mc.precharge = 0
    if mc.moved_charge != 0:
        __mem_cgroup_cancel_charge(mc.from_, mc.moved_charge)
        mc.moved_charge = 0
    if mc.moved_swap != 0:
        mem_cgroup_settle_moved_swap(mc.moved_swap)
        mc.moved_swap = 0
    mc.from_ = None
    mc.to = None
    mc.moving_task = None


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
        BUG_ON(mc.from_ is not None or mc.to is not None or mc.moving_task is not None)
        BUG_ON(mc.precharge != 0 or mc.moved_charge != 0 or mc.moved_swap != 0)
        mc.from_ = from_
        mc.to = mem
        mc.moving_task = current
        ret = mem_cgroup_do_precharge(mem_cgroup_count_precharge(mm))
        if ret != 0:
            mem_cgroup_clear_mc()
    mmput(mm)
    return ret


def mem_cgroup_move_charge_page(page: Page) -> None:
    """Make a page over, and drop the reference with which it was found.

    The new group is charged already, the old one for some time yet.
    """
    if isolate_lru_page(page) == 0:
        pc = lookup_page_cgroup(page)
        if mem_cgroup_move_account(pc, mc.from_, mc.to, False) == 0:
            mc.precharge -= 1
            mc.moved_charge += 1
        putback_lru_page(page)
    put_page(page)


def mem_cgroup_move_charge_pte_range(vma: VmAreaStruct) -> int:
    """Make over what is at the area's pte; 0, or why no more can be charged for that."""
    while True:
        spin_lock(vma.ptl)
        left = mc.precharge != 0
        if left:
            target, page, entry = is_target_pte_for_mc(vma, vma.pte)
            if target == MC_TARGET_PAGE:
                mem_cgroup_move_charge_page(page)
            elif target == MC_TARGET_SWAP:
                if mem_cgroup_move_swap_account(entry, mc.from_, mc.to) == 0:
                    mc.precharge -= 1
                    mc.moved_swap += 1
        spin_unlock(vma.ptl)
        if left:
            return 0
        ret = mem_cgroup_do_precharge(1)
        if ret != 0:
            return ret


def mem_cgroup_move_charge(mm: MmStruct) -> None:
    """Go through the address space of the task that has changed its group."""
    ret = 0
    down_read(mm.mmap_sem)
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


def mem_cgroup_is_moved(mem: MemCgroup | None, mem_over_limit: MemCgroup) -> bool:
    """Whether the group, if it is still there, counts against the limit of the other."""
    if mem is None or not css_tryget(mem.css):
        return False
    if mem_over_limit.use_hierarchy:
        counts = css_is_ancestor(mem, mem_over_limit)
    else:
        counts = mem is mem_over_limit
    css_put(mem.css)
    return counts


def mem_cgroup_wait_acct_move(mem_over_limit: MemCgroup) -> bool:
    """Wait until a task move that may make room has ended; false if there is none."""
    moving_task = mc.moving_task
    if moving_task is None or index_of(moving_task) == index_of(current):
        return False
    if not mem_cgroup_is_moved(mc.from_, mem_over_limit):
        if not mem_cgroup_is_moved(mc.to, mem_over_limit):
            return False
    with atomic():
        wait_until(mc.moving_task is None or signal_pending(current))
    return True
