# SPDX-License-Identifier: GPL-2.0-only
"""How long a group's struct lives, and how it is emptied (mm/memcontrol.c).

The group can be removed while swap slots are still charged to it; the struct
stays until their records let go of it.
"""

from typing import TYPE_CHECKING

from memcharge.editions.v2_6_34.cgroup import (
    cgroup_file_open,
    cgroup_is_empty,
    cgroup_is_removed,
    css_get,
    css_id,
    css_put,
    dput,
)
from memcharge.editions.v2_6_34.memcontrol_stock import (
    drain_all_stock_sync,
    mem_cgroup_has_stock,
)
from memcharge.kernel import *
from memcharge.kernel import __this_cpu_add

if TYPE_CHECKING:
    from memcharge.editions.v2_6_34.memcontrol import (
        MEM_CGROUP_RECLAIM_RETRIES,
        __mem_cgroup_try_charge,
        mem_cgroup_cancel_charge,
        mem_cgroup_charge_statistics,
    )
    from memcharge.editions.v2_6_34.memcontrol_reclaim import try_to_free_mem_cgroup_pages
    from memcharge.editions.v2_6_34.swap import put_page
    from memcharge.editions.v2_6_34.vmscan import isolate_lru_page, putback_lru_page


def css_lookup(id: int) -> MemCgroup | None:  # noqa: A002 - the kernel's name
    """The group of that id, even a removed one, until its struct is freed."""
    return object_at(CssId, id).css


def mem_cgroup_lookup(id: int) -> MemCgroup | None:  # noqa: A002 - the kernel's name
    """The same; none for 0.  The caller is in an RCU read section."""
    if id == 0:
        return None
    return css_lookup(id)


def parent_mem_cgroup(mem: MemCgroup) -> MemCgroup | None:
    """The group to which charges go up from this one."""
    parent = mem.res.parent
    if parent is None:
        return None
    return parent.memcg


def free_css_id(css: CgroupSubsysState) -> None:
    """The id names nobody any more."""
    entry = object_at(CssId, css_id(css))
    entry.css = None


def __mem_cgroup_free(mem: MemCgroup) -> None:
    free_css_id(mem.css)
    kfree(mem)


def mem_cgroup_get(mem: MemCgroup) -> None:
    """Keep the struct for a record in swap, beyond the group's removal."""
    atomic_inc(mem.refcnt)


def __mem_cgroup_put(mem: MemCgroup, count: int) -> None:
    """Let go of the struct; the last one frees it, and lets go of the struct above.

    That it is not freed before the group is removed is our assertion.
    """
    goes: MemCgroup | None = mem
    while goes is not None:
        with atomic():
            goes.refcnt.counter -= count
            left = goes.refcnt.counter
        if left != 0:
            break
        BUG_ON(not goes.css.CSS_REMOVED)
        parent = parent_mem_cgroup(goes)
        __mem_cgroup_free(goes)
        goes = parent
        count = 1


def mem_cgroup_put(mem: MemCgroup) -> None:
    __mem_cgroup_put(mem, 1)


def __mem_cgroup_move_account(
    pc: PageCgroup, from_: MemCgroup, to: MemCgroup, uncharge: bool
) -> None:
    """Make `to` the owner of a locked, used page_cgroup whose page is off the LRU.

    The caller has charged `to`.  `uncharge` gives the charge of `from_` back;
    without it the caller does that later.  FILE_MAPPED goes with the flag, for
    the mapcount may be ahead of the statistic (8725d5416213).
    """
    BUG_ON(from_ is to)
    BUG_ON(PageLRU(pc.page))
    BUG_ON(pc.mem_cgroup is not from_)
    if PageCgroupFileMapped(pc):
        __this_cpu_add(from_.stat, MEM_CGROUP_STAT_FILE_MAPPED, -1)
        __this_cpu_add(to.stat, MEM_CGROUP_STAT_FILE_MAPPED, 1)
    mem_cgroup_charge_statistics(from_, pc, False)
    if uncharge:
        mem_cgroup_cancel_charge(from_)
    pc.mem_cgroup = to
    mem_cgroup_charge_statistics(to, pc, True)


def mem_cgroup_move_account(pc: PageCgroup, from_: MemCgroup, to: MemCgroup, uncharge: bool) -> int:
    """The same if the page_cgroup is still charged to `from_`; 0 or -EINVAL."""
    ret = -EINVAL
    lock_page_cgroup(pc)
    if PageCgroupUsed(pc) and pc.mem_cgroup is from_:
        __mem_cgroup_move_account(pc, from_, to, uncharge)
        ret = 0
    unlock_page_cgroup(pc)
    return ret


def mem_cgroup_move_parent(pc: PageCgroup, child: MemCgroup, gfp_mask: int) -> int:
    """Move the charge of a page to the directory above; 0, -EBUSY, -EINVAL or -ENOMEM."""
    page = pc.page
    pcg = child.css.cgroup.parent
    if pcg is None:
        return -EINVAL
    if not get_page_unless_zero(page):
        return -EBUSY
    if isolate_lru_page(page) != 0:
        put_page(page)
        return -EBUSY
    ret, parent = __mem_cgroup_try_charge(None, gfp_mask, pcg.memcg, False)
    if ret == 0 and parent is not None:
        ret = mem_cgroup_move_account(pc, child, parent, True)
        if ret != 0:
            mem_cgroup_cancel_charge(parent)
    putback_lru_page(page)
    put_page(page)
    return ret


def mem_cgroup_lru_entry(mem: MemCgroup, busy: PageCgroup | None) -> PageCgroup | None:
    """One from the group's list, and not `busy` if there is another; none if it is empty."""
    found: PageCgroup | None = None
    spin_lock(contig_zone.lru_lock)
    for pc in each(PageCgroup):
        if pc.lru is mem and (found is None or found is busy):
            found = pc
    spin_unlock(contig_zone.lru_lock)
    return found


def mem_cgroup_force_empty_list(mem: MemCgroup) -> int:
    """Move the charges of the group's listed pages up; 0, or -ENOMEM if there is no room.

    A page that is busy is tried again after the others.  The kernel gives up after
    256 rounds and as many as there are pages, only for its caller to begin anew.
    """
    ret = 0
    busy: PageCgroup | None = None
    while True:
        pc = mem_cgroup_lru_entry(mem, busy)
        if pc is None:
            break
        ret = mem_cgroup_move_parent(pc, mem, GFP_KERNEL)
        if ret == -ENOMEM:
            break
        busy = None
        if ret != 0:
            busy = pc
    if ret != -ENOMEM:
        ret = -EBUSY if mem.lru_linked != 0 else 0
    return ret


def mem_cgroup_free_pages(mem: MemCgroup) -> None:
    """Reclaim what the group has, as long as that gets on; a loop of the kernel's caller."""
    nr_retries = MEM_CGROUP_RECLAIM_RETRIES
    while nr_retries > 0 and mem.res.usage > 0 and not signal_pending(current):
        if try_to_free_mem_cgroup_pages(mem, GFP_KERNEL, False) == 0:
            nr_retries -= 1


def mem_cgroup_wait_for_charges(mem: MemCgroup) -> None:
    """cond_resched(): another round comes to the same until something of this changes."""
    with atomic():
        wait_until(
            mem.lru_linked != 0
            or mem_cgroup_has_stock(mem)
            or mem.res.usage == 0
            or not cgroup_is_empty(mem.css.cgroup)
            or signal_pending(current)
        )


def mem_cgroup_force_empty(mem: MemCgroup, free_all: bool) -> int:
    """Make the usage of a group without tasks zero; 0, -EBUSY or -EINTR.

    Pages are moved to the group above, or if that is full or `free_all` reclaimed
    first.  Usage alone does not tell: an uncharged page may still be on the
    group's list, and finds it there when it is freed (fce66477578d).
    """
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
        ret = mem_cgroup_force_empty_list(mem)
        if ret == -ENOMEM:
            free = True
            continue
        if mem.res.usage == 0 and ret == 0:
            break
        mem_cgroup_wait_for_charges(mem)
    css_put(mem.css)
    return ret


def mem_cgroup_force_empty_write(cont: Cgroup) -> int:
    """Somebody opens memory.force_empty, writes to it and closes it.

    Nothing keeps the group from removal between the question and the answer to it.
    """
    if not cgroup_file_open(cont):
        return -ENOENT
    ret = -ENODEV
    if not cgroup_is_removed(cont):
        ret = mem_cgroup_force_empty(cont.memcg, True)
    dput(cont)
    return ret


def mem_cgroup_pre_destroy(cont: Cgroup) -> int:
    return mem_cgroup_force_empty(cont.memcg, False)


def mem_cgroup_destroy(cont: Cgroup) -> None:
    mem_cgroup_put(cont.memcg)
