# SPDX-License-Identifier: GPL-2.0-only
"""Charging pages to groups (mm/memcontrol.c)."""

from memcharge.editions.v2_6_34.cgroup import (
    cgroup_exclude_rmdir,
    cgroup_release_and_wakeup_rmdir,
    css_get,
    css_put,
)
from memcharge.editions.v2_6_34.memcontrol import (
    MEM_CGROUP_CHARGE_TYPE_CACHE,
    MEM_CGROUP_CHARGE_TYPE_DROP,
    MEM_CGROUP_CHARGE_TYPE_MAPPED,
    MEM_CGROUP_CHARGE_TYPE_SHMEM,
    MEM_CGROUP_CHARGE_TYPE_SWAPOUT,
    MEM_CGROUP_RECLAIM_RETRIES,
    do_swap_account,
    lookup_page_cgroup,
    mem_cgroup_cancel_charge,
    mem_cgroup_disabled,
    mem_cgroup_is_root,
    mem_cgroup_swap_statistics,
    try_get_mem_cgroup_from_mm,
)
from memcharge.editions.v2_6_34.memcontrol_group import mem_cgroup_get
from memcharge.editions.v2_6_34.memcontrol_move import mem_cgroup_wait_acct_move
from memcharge.editions.v2_6_34.memcontrol_reclaim import (
    mem_cgroup_handle_oom,
    mem_cgroup_hierarchical_reclaim,
)
from memcharge.editions.v2_6_34.res_counter import res_counter_charge, res_counter_uncharge
from memcharge.editions.v2_6_37.memcontrol import (
    CHARGE_NOMEM,
    CHARGE_OK,
    CHARGE_OOM_DIE,
    CHARGE_RETRY,
    CHARGE_WOULDBLOCK,
)
from memcharge.editions.v3_4.memcontrol_lru import mem_cgroup_add_lru_list, mem_cgroup_del_lru_list
from memcharge.editions.v3_4.memcontrol_swap import (
    __mem_cgroup_commit_charge_swapin,
    mem_cgroup_try_charge_swapin,
)
from memcharge.kernel import *
from memcharge.kernel import __this_cpu_add


def mem_cgroup_charge_statistics(memcg: MemCgroup, anon: bool, nr_pages: int) -> None:
    """Count pages more or less, of the kind that the caller knows."""
    if anon:
        __this_cpu_add(memcg.stat, MEM_CGROUP_STAT_RSS, nr_pages)
    else:
        __this_cpu_add(memcg.stat, MEM_CGROUP_STAT_CACHE, nr_pages)


def mem_cgroup_update_page_stat(page: Page, idx: int, val: int) -> None:
    """Count for the group of a page, if it is charged now; the caller sees that it stays."""
    if mem_cgroup_disabled():
        return
    pc = lookup_page_cgroup(page)
    memcg = pc.mem_cgroup
    if memcg is None or not PageCgroupUsed(pc):
        return
    __this_cpu_add(memcg.stat, idx, val)


def res_counter_margin(cnt: ResCounter) -> int:
    """How much more fits."""
    margin = 0
    with atomic():
        if cnt.limit > cnt.usage:
            margin = cnt.limit - cnt.usage
    return margin


def mem_cgroup_margin(memcg: MemCgroup) -> int:
    """How many pages may still be charged."""
    margin = res_counter_margin(memcg.res)
    if do_swap_account != 0:
        swap_margin = res_counter_margin(memcg.memsw)
        if swap_margin < margin:
            margin = swap_margin
    return margin


def mem_cgroup_do_charge(memcg: MemCgroup, gfp_mask: int, oom_check: bool) -> int:
    """Try once: whether it worked, or what the caller may do about it."""
    noswap = False
    _ret, fail_res = res_counter_charge(memcg.res, 1)
    if fail_res is None:
        if do_swap_account == 0:
            return CHARGE_OK
        _ret, fail_res = res_counter_charge(memcg.memsw, 1)
        if fail_res is None:
            return CHARGE_OK
        res_counter_uncharge(memcg.res, 1)
        noswap = True
    mem_over_limit = fail_res.memcg
    if gfp_mask & GFP_WAIT == 0:
        return CHARGE_WOULDBLOCK
    reclaimed = mem_cgroup_hierarchical_reclaim(mem_over_limit, gfp_mask, noswap)
    if mem_cgroup_margin(mem_over_limit) >= 1 or reclaimed != 0:
        return CHARGE_RETRY
    if mem_cgroup_wait_acct_move(mem_over_limit):
        return CHARGE_RETRY
    if not oom_check:
        return CHARGE_NOMEM
    if not mem_cgroup_handle_oom(mem_over_limit, gfp_mask):
        return CHARGE_OOM_DIE
    return CHARGE_RETRY


def __mem_cgroup_try_charge(
    mm: MmStruct | None, gfp_mask: int, ptr: MemCgroup | None, oom: bool
) -> tuple[int, MemCgroup | None]:
    """Take a page's worth from `ptr`, or from the group of `mm` if that is None.

    A dying task is let through at the root group's cost: -EINTR and that.
    """
    nr_oom_retries = MEM_CGROUP_RECLAIM_RETRIES
    if current.TIF_MEMDIE or fatal_signal_pending(current):
        return -EINTR, root_mem_cgroup
    if ptr is None and mm is None:
        ptr = root_mem_cgroup
    ret = CHARGE_RETRY
    while ret != CHARGE_OK:
        if ret == CHARGE_RETRY:
            if ptr is not None:
                memcg: MemCgroup | None = ptr
                if mem_cgroup_is_root(ptr):
                    return 0, ptr
                css_get(ptr.css)
            else:
                memcg = try_get_mem_cgroup_from_mm(mm)
                if memcg is None:
                    memcg = root_mem_cgroup
                if mem_cgroup_is_root(memcg):
                    return 0, memcg
        if fatal_signal_pending(current):
            css_put(memcg.css)
            return -EINTR, root_mem_cgroup
        oom_check = oom and nr_oom_retries == 0
        if oom_check:
            nr_oom_retries = MEM_CGROUP_RECLAIM_RETRIES
        ret = mem_cgroup_do_charge(memcg, gfp_mask, oom_check)
        if ret == CHARGE_NOMEM and oom:
            nr_oom_retries -= 1
        elif ret == CHARGE_NOMEM or ret == CHARGE_WOULDBLOCK:
            css_put(memcg.css)
            return -ENOMEM, None
        elif ret == CHARGE_OOM_DIE:
            css_put(memcg.css)
            return -EINTR, root_mem_cgroup
        else:
            css_put(memcg.css)
    return 0, memcg


def __mem_cgroup_commit_charge(memcg: MemCgroup, page: Page, ctype: int, lrucare: bool) -> None:
    """Make the charge in hand that of this page; a page charged already needs none.

    `lrucare`: the page may be on a list already, which is not that of its new owner.
    """
    was_on_lru = False
    pc = lookup_page_cgroup(page)
    lock_page_cgroup(pc)
    if PageCgroupUsed(pc):
        unlock_page_cgroup(pc)
        mem_cgroup_cancel_charge(memcg)
        return
    if lrucare:
        spin_lock(contig_zone.lru_lock)
        if PageLRU(page):
            ClearPageLRU(page)
            mem_cgroup_del_lru_list(page)
            was_on_lru = True
    pc.mem_cgroup = memcg
    SetPageCgroupUsed(pc)
    if lrucare:
        if was_on_lru:
            BUG_ON(PageLRU(page))
            SetPageLRU(page)
            mem_cgroup_add_lru_list(page)
        spin_unlock(contig_zone.lru_lock)
    mem_cgroup_charge_statistics(memcg, ctype == MEM_CGROUP_CHARGE_TYPE_MAPPED, 1)
    unlock_page_cgroup(pc)


def mem_cgroup_charge_common(page: Page, mm: MmStruct | None, gfp_mask: int, ctype: int) -> int:
    """Charge and commit; 0 or -ENOMEM."""
    ret, memcg = __mem_cgroup_try_charge(mm, gfp_mask, None, True)
    if ret == -ENOMEM:
        return ret
    __mem_cgroup_commit_charge(memcg, page, ctype, False)
    return 0


def mem_cgroup_newpage_charge(page: Page, mm: MmStruct | None, gfp_mask: int) -> int:
    """Charge a new anonymous page before it is mapped."""
    if mem_cgroup_disabled():
        return 0
    BUG_ON(page_mapped(page))
    BUG_ON(page.mapping is not None and not PageAnon(page))
    return mem_cgroup_charge_common(page, mm, gfp_mask, MEM_CGROUP_CHARGE_TYPE_MAPPED)


def mem_cgroup_cache_charge(page: Page, mm: MmStruct | None, gfp_mask: int) -> int:
    """Charge a page before it enters a file's tree."""
    if mem_cgroup_disabled():
        return 0
    ctype = MEM_CGROUP_CHARGE_TYPE_CACHE
    if not page_is_file_cache(page):
        ctype = MEM_CGROUP_CHARGE_TYPE_SHMEM
    if not PageSwapCache(page):
        return mem_cgroup_charge_common(page, mm, gfp_mask, ctype)
    ret, memcg = mem_cgroup_try_charge_swapin(mm, page, gfp_mask)
    if ret == 0:
        __mem_cgroup_commit_charge_swapin(page, memcg, ctype)
    return ret


def mem_cgroup_do_uncharge(memcg: MemCgroup, ctype: int) -> None:
    """Return a page's worth; at swap-out it stays in memory+swap."""
    res_counter_uncharge(memcg.res, 1)
    if do_swap_account != 0 and ctype != MEM_CGROUP_CHARGE_TYPE_SWAPOUT:
        res_counter_uncharge(memcg.memsw, 1)


def __mem_cgroup_uncharge_common(page: Page, ctype: int) -> MemCgroup | None:
    """Uncharge a page unless its state says that it still deserves the charge.

    The old page of a migration has no mapping left to tell its kind, so the
    charge type says whether it was anonymous.
    """
    if mem_cgroup_disabled():
        return None
    if PageSwapCache(page):
        return None
    pc = lookup_page_cgroup(page)
    if not PageCgroupUsed(pc):
        return None
    lock_page_cgroup(pc)
    memcg = pc.mem_cgroup
    refused = not PageCgroupUsed(pc)
    anon = False
    if not refused:
        anon = PageAnon(page)
        if ctype == MEM_CGROUP_CHARGE_TYPE_MAPPED or ctype == MEM_CGROUP_CHARGE_TYPE_DROP:
            if ctype == MEM_CGROUP_CHARGE_TYPE_MAPPED:
                anon = True
            refused = page_mapped(page) or PageCgroupMigration(pc)
        elif ctype == MEM_CGROUP_CHARGE_TYPE_SWAPOUT:
            if not PageAnon(page):
                refused = page.mapping is not None and not page_is_file_cache(page)
            else:
                refused = page_mapped(page)
    if refused:
        unlock_page_cgroup(pc)
        return None
    mem_cgroup_charge_statistics(memcg, anon, -1)
    ClearPageCgroupUsed(pc)
    unlock_page_cgroup(pc)
    if do_swap_account != 0 and ctype == MEM_CGROUP_CHARGE_TYPE_SWAPOUT:
        mem_cgroup_swap_statistics(memcg, True)
        mem_cgroup_get(memcg)
    if not mem_cgroup_is_root(memcg):
        mem_cgroup_do_uncharge(memcg, ctype)
    return memcg


def mem_cgroup_uncharge_page(page: Page) -> None:
    """The last pte of an anonymous page is gone."""
    if page_mapped(page):
        return
    BUG_ON(page.mapping is not None and not PageAnon(page))
    __mem_cgroup_uncharge_common(page, MEM_CGROUP_CHARGE_TYPE_MAPPED)


def mem_cgroup_prepare_migration(page: Page, newpage: Page) -> tuple[int, MemCgroup | None]:
    """Mark the old page if it is anonymous, and charge the new one."""
    memcg: MemCgroup | None = None
    ptr: MemCgroup | None = None
    if mem_cgroup_disabled():
        return 0, ptr
    pc = lookup_page_cgroup(page)
    lock_page_cgroup(pc)
    if PageCgroupUsed(pc):
        memcg = pc.mem_cgroup
        css_get(memcg.css)
        if PageAnon(page):
            SetPageCgroupMigration(pc)
    unlock_page_cgroup(pc)
    if memcg is None:
        return 0, ptr
    ret, ptr = __mem_cgroup_try_charge(None, GFP_KERNEL, memcg, False)
    css_put(memcg.css)
    if ret != 0:
        if PageAnon(page):
            lock_page_cgroup(pc)
            ClearPageCgroupMigration(pc)
            unlock_page_cgroup(pc)
            # Unmapped while it was marked, it still has its charge.
            mem_cgroup_uncharge_page(page)
        return -ENOMEM, ptr
    if PageAnon(page):
        ctype = MEM_CGROUP_CHARGE_TYPE_MAPPED
    elif page_is_file_cache(page):
        ctype = MEM_CGROUP_CHARGE_TYPE_CACHE
    else:
        ctype = MEM_CGROUP_CHARGE_TYPE_SHMEM
    __mem_cgroup_commit_charge(memcg, newpage, ctype, False)
    return ret, ptr


def mem_cgroup_end_migration(
    memcg: MemCgroup | None, oldpage: Page, newpage: Page, migration_ok: bool
) -> None:
    """Clear the mark and uncharge what is not used or not mapped any more."""
    if memcg is None:
        return
    cgroup_exclude_rmdir(memcg.css)
    if not migration_ok:
        used = oldpage
        unused = newpage
    else:
        used = newpage
        unused = oldpage
    pc = lookup_page_cgroup(oldpage)
    lock_page_cgroup(pc)
    ClearPageCgroupMigration(pc)
    unlock_page_cgroup(pc)
    # The unused page has no mapping; what it counted as, the used one tells.
    anon = PageAnon(used)
    ctype = MEM_CGROUP_CHARGE_TYPE_CACHE
    if anon:
        ctype = MEM_CGROUP_CHARGE_TYPE_MAPPED
    __mem_cgroup_uncharge_common(unused, ctype)
    if anon:
        mem_cgroup_uncharge_page(used)
    cgroup_release_and_wakeup_rmdir(memcg.css)
