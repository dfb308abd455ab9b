# SPDX-License-Identifier: GPL-2.0-only
"""Moving charges from one group to another (mm/memcontrol.c).

Whoever moves announces it in the old group and waits for a grace period; from
then on whoever counts the state of a page of that group takes its move_lock.
The page is locked while its owner changes, off the LRU and referred to.  A task
brings anonymous pages along, and those of its files, as the new group says.
"""

from memcharge.editions.v2_6_34.cgroup import css_get, css_id, css_is_ancestor, css_put
from memcharge.editions.v2_6_34.filemap import find_get_page
from memcharge.editions.v2_6_34.fork import get_task_mm, mmput
from memcharge.editions.v2_6_34.memcontrol import (
    do_swap_account,
    lookup_page_cgroup,
    mem_cgroup_from_task,
    mem_cgroup_is_root,
    mem_cgroup_swap_statistics,
)
from memcharge.editions.v2_6_34.memcontrol_move import (
    MC_TARGET_NONE,
    MC_TARGET_PAGE,
    MC_TARGET_SWAP,
)
from memcharge.editions.v2_6_34.page_cgroup import lookup_swap_cgroup, swap_cgroup_cmpxchg
from memcharge.editions.v2_6_34.res_counter import res_counter_uncharge
from memcharge.editions.v2_6_34.swap import put_page
from memcharge.editions.v3_4.memcontrol_move import (
    mem_cgroup_end_move,
    mem_cgroup_start_move,
    move_lock_mem_cgroup,
    move_unlock_mem_cgroup,
)
from memcharge.editions.v3_6.memcontrol_move import mem_cgroup_move_charge_page
from memcharge.editions.v3_17.memcontrol import (
    cancel_charge,
    mem_cgroup_charge_statistics,
    try_charge,
)
from memcharge.kernel import *
from memcharge.kernel import __this_cpu_add


def mem_cgroup_move_account(page: Page, pc: PageCgroup, from_: MemCgroup, to: MemCgroup) -> int:
    """Make `to` the owner of a page that is off the LRU; 0, -EBUSY or -EINVAL.

    The caller has charged `to`, and takes the charge off `from_`.  With the page
    locked, mem_cgroup_migrate() cannot look at an owner that just changes.
    """
    BUG_ON(from_ is to)
    BUG_ON(PageLRU(page))
    if not trylock_page(page):
        return -EBUSY
    if not PageCgroupUsed(pc) or pc.mem_cgroup is not from_:
        unlock_page(page)
        return -EINVAL
    move_lock_mem_cgroup(from_)
    if not PageAnon(page) and page_mapped(page):
        __this_cpu_add(from_.stat, MEM_CGROUP_STAT_FILE_MAPPED, -1)
        __this_cpu_add(to.stat, MEM_CGROUP_STAT_FILE_MAPPED, 1)
    pc.mem_cgroup = to
    move_unlock_mem_cgroup(from_)
    mem_cgroup_charge_statistics(to, page, 1)
    mem_cgroup_charge_statistics(from_, page, -1)
    unlock_page(page)
    return 0


def mem_cgroup_move_swap_account(entry: int, from_: MemCgroup, to: MemCgroup) -> int:
    """Make `to` the one whom a swap slot is charged to, if that was `from_`; 0 or -EINVAL.

    `to` is charged for a page already.  The record's reference is taken at once:
    swapping in drops it.  The rest is settled at the end of the move.
    """
    old_id = css_id(from_.css)
    new_id = css_id(to.css)
    if swap_cgroup_cmpxchg(entry, old_id, new_id) != old_id:
        return -EINVAL
    mem_cgroup_swap_statistics(from_, False)
    mem_cgroup_swap_statistics(to, True)
    css_get(to.css)
    return 0


def mem_cgroup_do_precharge(count: int) -> int:
    """Charge the new group for what may follow, at once or one by one; 0, -EINTR or -ENOMEM."""
    ret = try_charge(mc.to, GFP_NOWAIT, count)
    if ret == 0:
        mc.precharge += count
        return 0
    if ret == -EINTR:
        return ret
    while count > 0:
        ret = try_charge(mc.to, GFP_KERNEL, 1)
        if ret != 0:
            return ret
        mc.precharge += 1
        count -= 1
    return 0


def mc_handle_present_pte(ptent: int) -> Page | None:
    """The page that is mapped, with a reference, if pages of its kind come along."""
    page = vm_normal_page(ptent)
    if page is None or not page_mapped(page):
        return None
    if PageAnon(page):
        if mc.flags & MOVE_ANON == 0:
            return None
    elif mc.flags & MOVE_FILE == 0:
        return None
    if not get_page_unless_zero(page):
        return None
    return page


def mc_handle_swap_pte(ptent: int) -> tuple[Page | None, int]:
    """The page of the swap cache, with a reference, and the slot; none for a migration entry."""
    if mc.flags & MOVE_ANON == 0 or non_swap_entry(ptent):
        return None, 0
    ent = pte_to_swp_entry(ptent)
    page = find_get_page(swapper_space, ent)
    return page, ent if do_swap_account != 0 else 0


def mc_handle_file_pte(vma: VmAreaStruct) -> tuple[Page | None, int]:
    """The page that the file has there, with a reference, or the slot where shmem has put it."""
    mapping = vma.vm_file
    if mapping is None or mc.flags & MOVE_FILE == 0:
        return None, 0
    page = find_get_page(mapping, vma.vm_pgoff)
    if page is not None or not mapping.swap_backed:
        return page, 0
    swp = mapping.i_direct
    if swp == 0:
        return None, 0
    page = find_get_page(swapper_space, swp)
    return page, swp if do_swap_account != 0 else 0


def mc_page_is_from(page: Page) -> bool:
    """Whether the group that the task leaves is charged for the page: a look without a lock."""
    pc = lookup_page_cgroup(page)
    return PageCgroupUsed(pc) and pc.mem_cgroup is mc.from_


def get_mctgt_type(vma: VmAreaStruct, ptent: int) -> tuple[int, Page | None, int]:
    """What there is to move at a pte whose lock is held: a page, with a reference, or a slot.

    A page that is mapped elsewhere comes along as well.
    """
    page: Page | None = None
    ent = 0
    if pte_present(ptent):
        page = mc_handle_present_pte(ptent)
    elif pte_none(ptent):
        page, ent = mc_handle_file_pte(vma)
    else:
        page, ent = mc_handle_swap_pte(ptent)
    if page is not None:
        if mc_page_is_from(page):
            return MC_TARGET_PAGE, page, 0
        put_page(page)
    # There may be no page, or one that is not charged.
    if ent != 0 and css_id(mc.from_.css) == lookup_swap_cgroup(ent):
        return MC_TARGET_SWAP, None, ent
    return MC_TARGET_NONE, None, 0


def mem_cgroup_count_precharge_pte_range(vma: VmAreaStruct) -> None:
    """Count in `mc.precharge` what there is to move in an area."""
    spin_lock(vma.ptl)
    target, page, _entry = get_mctgt_type(vma, vma.pte)
    if target == MC_TARGET_PAGE:
        put_page(page)
    if target != MC_TARGET_NONE:
        mc.precharge += 1
    spin_unlock(vma.ptl)


def mem_cgroup_count_precharge(mm: MmStruct) -> int:
    """How much there is to move, if nothing changes."""
    down_read(mm.mmap_sem)
    for vma in each(VmAreaStruct):
        if vma.vm_mm is mm:
            mem_cgroup_count_precharge_pte_range(vma)
    up_read(mm.mmap_sem)
    precharge = mc.precharge
    mc.precharge = 0
    return precharge


def mem_cgroup_precharge_mc(mm: MmStruct) -> int:
    precharge = mem_cgroup_count_precharge(mm)
    BUG_ON(mc.moving_task is not None)
    mc.moving_task = current
    return mem_cgroup_do_precharge(precharge)


def mem_cgroup_settle_moved_swap(count: int) -> None:
    """Take the slots off the old group; the new one was charged for pages, and got slots."""
    if not mem_cgroup_is_root(mc.from_):
        res_counter_uncharge(mc.from_.memsw, count)
    left = count
    while left > 0:
        css_put(mc.from_.css)
        left -= 1
    if not mem_cgroup_is_root(mc.to):
        res_counter_uncharge(mc.to.res, count)


def __mem_cgroup_clear_mc() -> None:
    """Settle the accounts."""
    if mc.precharge != 0:
        cancel_charge(mc.to, mc.precharge)
        mc.precharge = 0
    if mc.moved_charge != 0:
        cancel_charge(mc.from_, mc.moved_charge)
        mc.moved_charge = 0
    if mc.moved_swap != 0:
        mem_cgroup_settle_moved_swap(mc.moved_swap)
        mc.moved_swap = 0


def mem_cgroup_clear_mc() -> None:
    """Settle the accounts, and let those go on who waited for the move to end."""
    from_ = mc.from_
    mc.moving_task = None
    __mem_cgroup_clear_mc()
    spin_lock(mc.lock)
    mc.from_ = None
    mc.to = None
    spin_unlock(mc.lock)
    mem_cgroup_end_move(from_)


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
        mem_cgroup_start_move(from_)
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


def mem_cgroup_move_charge_pte_range(vma: VmAreaStruct) -> int:
    """Make over what is at the area's pte; 0, or why no more can be charged for that."""
    while True:
        spin_lock(vma.ptl)
        left = mc.precharge != 0
        if left:
            target, page, entry = get_mctgt_type(vma, vma.pte)
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
    """Go through the address space of the task that has changed its group.

    Who has mmap_sem may wait for the end of the move, so nobody waits for that
    one here: the accounts are settled, and what was charged beforehand is lost.
    """
    while not down_read_trylock(mm.mmap_sem):
        __mem_cgroup_clear_mc()
    ret = 0
    for vma in each(VmAreaStruct):
        if ret == 0 and vma.vm_mm is mm:
            ret = mem_cgroup_move_charge_pte_range(vma)
    up_read(mm.mmap_sem)


def mem_cgroup_move_task(p: TaskStruct) -> None:
    """The task has changed its group: let its charges follow, if they are to."""
    mm = get_task_mm(p)
    if mm is not None:
        if mc.to is not None:
            mem_cgroup_move_charge(mm)
        mmput(mm)
    if mc.to is not None:
        mem_cgroup_clear_mc()


def mem_cgroup_same_or_subtree(root_memcg: MemCgroup, memcg: MemCgroup | None) -> bool:
    """Whether what `memcg` is charged counts against the limit of the other."""
    if root_memcg is memcg:
        return True
    if not root_memcg.use_hierarchy or memcg is None:
        return False
    return css_is_ancestor(memcg, root_memcg)


def mem_cgroup_under_move(memcg: MemCgroup) -> bool:
    """Whether charges are moved from or to the group, or one below."""
    ret = False
    spin_lock(mc.lock)
    if mc.from_ is not None:
        ret = mem_cgroup_same_or_subtree(memcg, mc.from_)
        if not ret:
            ret = mem_cgroup_same_or_subtree(memcg, mc.to)
    spin_unlock(mc.lock)
    return ret


def mem_cgroup_wait_acct_move(memcg: MemCgroup) -> bool:
    """Wait until a task move that may make room has ended; false if there is none."""
    moving_task = mc.moving_task
    if moving_task is None or index_of(moving_task) == index_of(current):
        return False
    if not mem_cgroup_under_move(memcg):
        return False
    with atomic():
        wait_until(mc.moving_task is None or signal_pending(current))
    return True
