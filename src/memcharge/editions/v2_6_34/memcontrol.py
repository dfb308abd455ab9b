# SPDX-License-Identifier: GPL-2.0-only
"""Charging pages to groups (mm/memcontrol.c).

A charge is made in two parts: try_charge() takes a page's worth from the
group's counters, commit_charge() writes the owner into the page_cgroup.  A
commit onto a page_cgroup already in use gives the charge back.
"""

from memcharge.editions.v2_6_34.cgroup import (
    __css_put,
    cgroup_exclude_rmdir,
    cgroup_release_and_wakeup_rmdir,
    css_get,
    css_is_removed,
    css_put,
    css_tryget,
)
from memcharge.editions.v2_6_34.memcontrol_move import mem_cgroup_wait_acct_move
from memcharge.editions.v2_6_34.memcontrol_reclaim import (
    mem_cgroup_check_under_limit,
    mem_cgroup_handle_oom,
    mem_cgroup_hierarchical_reclaim,
)
from memcharge.editions.v2_6_34.memcontrol_stock import (
    consume_stock,
    mem_cgroup_batch_uncharge,
    mem_cgroup_charge_size,
    refill_stock,
)
from memcharge.editions.v2_6_34.memcontrol_swap import (
    __mem_cgroup_commit_charge_swapin,
    mem_cgroup_try_charge_swapin,
)
from memcharge.editions.v2_6_34.res_counter import (
    res_counter_charge,
    res_counter_uncharge,
)
from memcharge.kernel import *
from memcharge.kernel import __this_cpu_add

MEM_CGROUP_CHARGE_TYPE_CACHE = 0
MEM_CGROUP_CHARGE_TYPE_MAPPED = 1
MEM_CGROUP_CHARGE_TYPE_SHMEM = 2
MEM_CGROUP_CHARGE_TYPE_FORCE = 3
MEM_CGROUP_CHARGE_TYPE_SWAPOUT = 4
MEM_CGROUP_CHARGE_TYPE_DROP = 5

MEM_CGROUP_RECLAIM_RETRIES = 5

do_swap_account = 1


def mem_cgroup_disabled() -> bool:
    """The boot-time switch."""
    return mem_cgroup_subsys.disabled


def mem_cgroup_is_root(mem: MemCgroup) -> bool:
    return mem.is_root


def lookup_page_cgroup(page: Page) -> PageCgroup:
    return page.page_cgroup


def mem_cgroup_from_task(p: TaskStruct | None) -> MemCgroup | None:
    """The task's group; none if the owner of an address space has exited (31a78f23bac0)."""
    if p is None:
        return None
    return p.mem_cgroup


def try_get_mem_cgroup_from_mm(mm: MmStruct | None) -> MemCgroup | None:
    """The group of the mm's owner, with a reference; again if it is just being removed."""
    if mm is None:
        return None
    rcu_read_lock()
    while True:
        mem = mem_cgroup_from_task(mm.owner)
        if mem is None:
            break
        if css_tryget(mem.css):
            break
    rcu_read_unlock()
    return mem


def mem_cgroup_charge_statistics(mem: MemCgroup, pc: PageCgroup, charge: bool) -> None:
    """Count one page more or less, as the kind that the page_cgroup says."""
    val = 1 if charge else -1
    if PageCgroupCache(pc):
        __this_cpu_add(mem.stat, MEM_CGROUP_STAT_CACHE, val)
    else:
        __this_cpu_add(mem.stat, MEM_CGROUP_STAT_RSS, val)


def mem_cgroup_swap_statistics(mem: MemCgroup, charge: bool) -> None:
    val = 1 if charge else -1
    __this_cpu_add(mem.stat, MEM_CGROUP_STAT_SWAPOUT, val)


def mem_cgroup_update_file_mapped(page: Page, val: int) -> None:
    """A file page was mapped first or unmapped last; counts only if it is charged now."""
    pc = lookup_page_cgroup(page)
    lock_page_cgroup(pc)
    mem = pc.mem_cgroup
    if mem is not None and PageCgroupUsed(pc):
        if val > 0:
            __this_cpu_add(mem.stat, MEM_CGROUP_STAT_FILE_MAPPED, 1)
            SetPageCgroupFileMapped(pc)
        else:
            __this_cpu_add(mem.stat, MEM_CGROUP_STAT_FILE_MAPPED, -1)
            ClearPageCgroupFileMapped(pc)
    unlock_page_cgroup(pc)


def mem_cgroup_charge_counters(mem: MemCgroup, csize: int) -> tuple[MemCgroup | None, bool]:
    """Take `csize` pages from memory and from memory+swap, or from neither.

    Who is over his limit, if anybody is, and whether swapping out would not help.
    The inner part of the kernel's loop in __mem_cgroup_try_charge().
    """
    _ret, fail_res = res_counter_charge(mem.res, csize)
    if fail_res is not None:
        return fail_res.memcg, False
    if do_swap_account != 0:
        _ret, fail_res = res_counter_charge(mem.memsw, csize)
        if fail_res is not None:
            res_counter_uncharge(mem.res, csize)
            return fail_res.memcg, True
    return None, False


def __mem_cgroup_try_charge(
    mm: MmStruct | None, gfp_mask: int, memcg: MemCgroup | None, oom: bool
) -> tuple[int, MemCgroup | None]:
    """Take a page's worth from `memcg`, or from the group of `mm` if that is None.

    On success the caller owns it together with a css reference.  A dying task
    is let through without a charge: 0 and no group.
    """
    if current.TIF_MEMDIE or fatal_signal_pending(current):
        return 0, None
    mem = memcg
    if mem is None:
        mem = try_get_mem_cgroup_from_mm(mm)
    else:
        css_get(mem.css)
    if mem is None:
        return 0, None
    BUG_ON(css_is_removed(mem.css))
    if mem_cgroup_is_root(mem):
        return 0, mem
    nr_retries = MEM_CGROUP_RECLAIM_RETRIES
    csize = mem_cgroup_charge_size()
    while True:
        if consume_stock(mem):
            return 0, mem
        mem_over_limit, noswap = mem_cgroup_charge_counters(mem, csize)
        if mem_over_limit is None:
            break
        if csize > 1:
            csize = 1
            continue
        if gfp_mask & GFP_WAIT == 0:
            css_put(mem.css)
            return -ENOMEM, mem
        if mem_cgroup_hierarchical_reclaim(mem_over_limit, gfp_mask, noswap) != 0:
            continue
        if mem_cgroup_check_under_limit(mem_over_limit):
            continue
        if mem_cgroup_wait_acct_move(mem_over_limit):
            continue
        if nr_retries > 0:
            nr_retries -= 1
            continue
        if not oom:
            css_put(mem.css)
            return -ENOMEM, mem
        if not mem_cgroup_handle_oom(mem_over_limit, gfp_mask):
            css_put(mem.css)
            return 0, None
        nr_retries = MEM_CGROUP_RECLAIM_RETRIES
    if csize > 1:
        refill_stock(mem, csize - 1)
    return 0, mem


def __mem_cgroup_cancel_charge(mem: MemCgroup, count: int) -> None:
    """Give back `count` times what try_charge() took."""
    if not mem_cgroup_is_root(mem):
        res_counter_uncharge(mem.res, count)
        if do_swap_account != 0:
            res_counter_uncharge(mem.memsw, count)
        __css_put(mem.css, count)


def mem_cgroup_cancel_charge(mem: MemCgroup) -> None:
    __mem_cgroup_cancel_charge(mem, 1)


def __mem_cgroup_commit_charge(mem: MemCgroup | None, pc: PageCgroup, ctype: int) -> None:
    """Make the charge in hand that of this page; a page charged already needs none.

    USED comes after the owner, because some look at both without the lock.
    """
    if mem is None:
        return
    lock_page_cgroup(pc)
    if PageCgroupUsed(pc):
        unlock_page_cgroup(pc)
        mem_cgroup_cancel_charge(mem)
        return
    pc.mem_cgroup = mem
    if ctype == MEM_CGROUP_CHARGE_TYPE_CACHE or ctype == MEM_CGROUP_CHARGE_TYPE_SHMEM:
        SetPageCgroupCache(pc)
        SetPageCgroupUsed(pc)
    elif ctype == MEM_CGROUP_CHARGE_TYPE_MAPPED:
        ClearPageCgroupCache(pc)
        SetPageCgroupUsed(pc)
    mem_cgroup_charge_statistics(mem, pc, True)
    unlock_page_cgroup(pc)


def mem_cgroup_charge_common(
    page: Page, mm: MmStruct | None, gfp_mask: int, ctype: int, memcg: MemCgroup | None
) -> int:
    """Charge and commit; 0 or -ENOMEM."""
    pc = lookup_page_cgroup(page)
    ret, mem = __mem_cgroup_try_charge(mm, gfp_mask, memcg, True)
    if ret != 0 or mem is None:
        return ret
    __mem_cgroup_commit_charge(mem, pc, ctype)
    return 0


def mem_cgroup_newpage_charge(page: Page, mm: MmStruct | None, gfp_mask: int) -> int:
    """Charge a new anonymous page before it is mapped."""
    if mem_cgroup_disabled():
        return 0
    if page_mapped(page) or (page.mapping is not None and not PageAnon(page)):
        return 0
    return mem_cgroup_charge_common(page, mm, gfp_mask, MEM_CGROUP_CHARGE_TYPE_MAPPED, None)


def mem_cgroup_cache_charge(page: Page, mm: MmStruct | None, gfp_mask: int) -> int:
    """Charge a page before it enters a file's tree.

    shmem charges early, while it may sleep, and comes here again from the
    insertion, where it may not: a page charged already is left alone.
    """
    if mem_cgroup_disabled():
        return 0
    if gfp_mask & GFP_WAIT == 0:
        pc = lookup_page_cgroup(page)
        lock_page_cgroup(pc)
        used = PageCgroupUsed(pc)
        unlock_page_cgroup(pc)
        if used:
            return 0
    if page_is_file_cache(page):
        return mem_cgroup_charge_common(page, mm, gfp_mask, MEM_CGROUP_CHARGE_TYPE_CACHE, None)
    if PageSwapCache(page):
        ret, mem = mem_cgroup_try_charge_swapin(mm, page, gfp_mask)
        if ret == 0:
            __mem_cgroup_commit_charge_swapin(page, mem, MEM_CGROUP_CHARGE_TYPE_SHMEM)
        return ret
    return mem_cgroup_charge_common(page, mm, gfp_mask, MEM_CGROUP_CHARGE_TYPE_SHMEM, None)


def __do_uncharge(mem: MemCgroup, ctype: int) -> None:
    """Return a page's worth; at swap-out it stays in memory+swap."""
    uncharge_memsw = do_swap_account != 0 and ctype != MEM_CGROUP_CHARGE_TYPE_SWAPOUT
    if mem_cgroup_batch_uncharge(mem, uncharge_memsw):
        return
    res_counter_uncharge(mem.res, 1)
    if uncharge_memsw:
        res_counter_uncharge(mem.memsw, 1)


def __mem_cgroup_uncharge_common(page: Page, ctype: int) -> MemCgroup | None:
    """Uncharge a page unless its state says that it still deserves the charge.

    The owner stays in the page_cgroup: the private LRU needs it until the page
    is off that.  At swap-out the caller drops the css reference.
    """
    if mem_cgroup_disabled():
        return None
    if PageSwapCache(page):
        return None
    pc = lookup_page_cgroup(page)
    if not PageCgroupUsed(pc):
        return None
    lock_page_cgroup(pc)
    mem = pc.mem_cgroup
    refused = not PageCgroupUsed(pc)
    if not refused:
        if ctype == MEM_CGROUP_CHARGE_TYPE_MAPPED or ctype == MEM_CGROUP_CHARGE_TYPE_DROP:
            refused = page_mapped(page)
        elif ctype == MEM_CGROUP_CHARGE_TYPE_SWAPOUT:
            if not PageAnon(page):
                refused = page.mapping is not None and not page_is_file_cache(page)
            else:
                refused = page_mapped(page)
    if refused:
        unlock_page_cgroup(pc)
        return None
    if not mem_cgroup_is_root(mem):
        __do_uncharge(mem, ctype)
    if ctype == MEM_CGROUP_CHARGE_TYPE_SWAPOUT:
        mem_cgroup_swap_statistics(mem, True)
    mem_cgroup_charge_statistics(mem, pc, False)
    ClearPageCgroupUsed(pc)
    unlock_page_cgroup(pc)
    if ctype != MEM_CGROUP_CHARGE_TYPE_SWAPOUT:
        css_put(mem.css)
    return mem


def mem_cgroup_uncharge_page(page: Page) -> None:
    """The last pte of an anonymous page is gone."""
    if page_mapped(page):
        return
    if page.mapping is not None and not PageAnon(page):
        return
    __mem_cgroup_uncharge_common(page, MEM_CGROUP_CHARGE_TYPE_MAPPED)


def mem_cgroup_uncharge_cache_page(page: Page) -> None:
    """The page has left its file's tree; its lock is held."""
    BUG_ON(page_mapped(page))
    BUG_ON(page.mapping is not None)
    __mem_cgroup_uncharge_common(page, MEM_CGROUP_CHARGE_TYPE_CACHE)


def mem_cgroup_prepare_migration(page: Page) -> tuple[int, MemCgroup | None]:
    """Reserve a page's worth in the group of the page that is to be moved.

    No page_cgroup shows the reservation.  A dying task gets 0 and no group, and
    migrates without one.
    """
    mem: MemCgroup | None = None
    ptr: MemCgroup | None = None
    ret = 0
    if mem_cgroup_disabled():
        return 0, ptr
    pc = lookup_page_cgroup(page)
    lock_page_cgroup(pc)
    if PageCgroupUsed(pc):
        mem = pc.mem_cgroup
        css_get(mem.css)
    unlock_page_cgroup(pc)
    if mem is not None:
        ret, ptr = __mem_cgroup_try_charge(None, GFP_KERNEL, mem, False)
        css_put(mem.css)
    return ret, ptr


def mem_cgroup_end_migration(mem: MemCgroup | None, oldpage: Page, newpage: Page) -> None:
    """Give the reservation to the page that survived.

    The old page is locked, the new one is not any more.  If the survivor is
    still charged, the commit gives the reservation back.
    """
    if mem is None:
        return
    cgroup_exclude_rmdir(mem.css)
    unused: Page | None = None
    # A page that was moved away has no mapping left.
    if oldpage.mapping is not None:
        target = oldpage
    else:
        target = newpage
        unused = oldpage
    if PageAnon(target):
        ctype = MEM_CGROUP_CHARGE_TYPE_MAPPED
    elif page_is_file_cache(target):
        ctype = MEM_CGROUP_CHARGE_TYPE_CACHE
    else:
        ctype = MEM_CGROUP_CHARGE_TYPE_SHMEM
    if unused is not None:
        __mem_cgroup_uncharge_common(unused, ctype)
    pc = lookup_page_cgroup(target)
    __mem_cgroup_commit_charge(mem, pc, ctype)
    # An anonymous page may have been unmapped for good in the meantime.
    if ctype == MEM_CGROUP_CHARGE_TYPE_MAPPED:
        mem_cgroup_uncharge_page(target)
    cgroup_release_and_wakeup_rmdir(mem.css)
