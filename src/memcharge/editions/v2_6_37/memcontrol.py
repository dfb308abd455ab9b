# SPDX-License-Identifier: GPL-2.0-only
"""Charging pages to groups, and counting mapped file pages (mm/memcontrol.c)."""

from memcharge.editions.v2_6_34.cgroup import css_get, css_id, css_put
from memcharge.editions.v2_6_34.memcontrol import (
    MEM_CGROUP_CHARGE_TYPE_DROP,
    MEM_CGROUP_CHARGE_TYPE_MAPPED,
    MEM_CGROUP_CHARGE_TYPE_SWAPOUT,
    MEM_CGROUP_RECLAIM_RETRIES,
    __do_uncharge,
    do_swap_account,
    lookup_page_cgroup,
    mem_cgroup_charge_statistics,
    mem_cgroup_disabled,
    mem_cgroup_is_root,
    mem_cgroup_swap_statistics,
    try_get_mem_cgroup_from_mm,
)
from memcharge.editions.v2_6_34.memcontrol_group import mem_cgroup_get
from memcharge.editions.v2_6_34.memcontrol_move import mem_cgroup_wait_acct_move
from memcharge.editions.v2_6_34.memcontrol_reclaim import (
    mem_cgroup_check_under_limit,
    mem_cgroup_handle_oom,
    mem_cgroup_hierarchical_reclaim,
)
from memcharge.editions.v2_6_34.page_cgroup import swap_cgroup_record
from memcharge.editions.v2_6_34.res_counter import res_counter_charge, res_counter_uncharge
from memcharge.editions.v2_6_37.memcontrol_move import mem_cgroup_stealed
from memcharge.kernel import *
from memcharge.kernel import __this_cpu_add

CHARGE_OK = 0
CHARGE_RETRY = 1
CHARGE_NOMEM = 2
CHARGE_WOULDBLOCK = 3
CHARGE_OOM_DIE = 4


def mem_cgroup_update_file_stat(page: Page, idx: int, val: int) -> None:
    """Count for the owner of a file page, with its lock only while pages of the group move.

    Nothing else changes the owner of a mapped page; who is to begin moving waits
    for this read section to end.
    """
    pc = lookup_page_cgroup(page)
    need_unlock = False
    rcu_read_lock()
    mem = pc.mem_cgroup
    charged = mem is not None and PageCgroupUsed(pc)
    if charged and mem_cgroup_stealed(mem):
        lock_page_cgroup(pc)
        need_unlock = True
        mem = pc.mem_cgroup
        charged = mem is not None and PageCgroupUsed(pc)
    if charged:
        __this_cpu_add(mem.stat, idx, val)
        if val > 0:
            SetPageCgroupFileMapped(pc)
        elif not page_mapped(page):
            ClearPageCgroupFileMapped(pc)
    if need_unlock:
        unlock_page_cgroup(pc)
    rcu_read_unlock()


def mem_cgroup_update_file_mapped(page: Page, val: int) -> None:
    """A file page was mapped first or unmapped last."""
    mem_cgroup_update_file_stat(page, MEM_CGROUP_STAT_FILE_MAPPED, val)


def __mem_cgroup_do_charge(mem: MemCgroup, gfp_mask: int, oom_check: bool) -> int:
    """Try once: whether it worked, or what the caller may do about it."""
    noswap = False
    _ret, fail_res = res_counter_charge(mem.res, 1)
    if fail_res is None:
        if do_swap_account == 0:
            return CHARGE_OK
        _ret, fail_res = res_counter_charge(mem.memsw, 1)
        if fail_res is None:
            return CHARGE_OK
        noswap = True
    mem_over_limit = fail_res.memcg
    if gfp_mask & GFP_WAIT == 0:
        return CHARGE_WOULDBLOCK
    if mem_cgroup_hierarchical_reclaim(mem_over_limit, gfp_mask, noswap) != 0:
        return CHARGE_RETRY
    if mem_cgroup_check_under_limit(mem_over_limit):
        return CHARGE_RETRY
    if mem_cgroup_wait_acct_move(mem_over_limit):
        return CHARGE_RETRY
    if not oom_check:
        return CHARGE_NOMEM
    if not mem_cgroup_handle_oom(mem_over_limit, gfp_mask):
        return CHARGE_OOM_DIE
    return CHARGE_RETRY


def __mem_cgroup_try_charge(
    mm: MmStruct | None, gfp_mask: int, memcg: MemCgroup | None, oom: bool
) -> tuple[int, MemCgroup | None]:
    """Take a page's worth from `memcg`, or from the group of `mm` if that is None.

    The caller owns it and no reference: the usage keeps the group.  A dying
    task is let through without a charge: 0 and no group.
    """
    nr_oom_retries = MEM_CGROUP_RECLAIM_RETRIES
    if current.TIF_MEMDIE or fatal_signal_pending(current):
        return 0, None
    if memcg is None and mm is None:
        return 0, None
    ret = CHARGE_RETRY
    while ret != CHARGE_OK:
        if ret == CHARGE_RETRY:
            if memcg is not None:
                mem: MemCgroup | None = memcg
                if mem_cgroup_is_root(memcg):
                    return 0, memcg
                css_get(memcg.css)
            else:
                mem = try_get_mem_cgroup_from_mm(mm)
                if mem is None or mem_cgroup_is_root(mem):
                    return 0, mem
        if fatal_signal_pending(current):
            css_put(mem.css)
            return 0, None
        oom_check = oom and nr_oom_retries == 0
        if oom_check:
            nr_oom_retries = MEM_CGROUP_RECLAIM_RETRIES
        ret = __mem_cgroup_do_charge(mem, gfp_mask, oom_check)
        if ret == CHARGE_NOMEM and oom:
            nr_oom_retries -= 1
        elif ret == CHARGE_NOMEM or ret == CHARGE_WOULDBLOCK:
            css_put(mem.css)
            return -ENOMEM, None
        elif ret == CHARGE_OOM_DIE:
            css_put(mem.css)
            return 0, None
        else:
            css_put(mem.css)
    return 0, mem


def __mem_cgroup_cancel_charge(mem: MemCgroup, count: int) -> None:
    """Give back `count` times what try_charge() took."""
    if not mem_cgroup_is_root(mem):
        res_counter_uncharge(mem.res, count)
        if do_swap_account != 0:
            res_counter_uncharge(mem.memsw, count)


def __mem_cgroup_uncharge_common(page: Page, ctype: int) -> MemCgroup | None:
    """Uncharge a page unless its state says that it still deserves the charge.

    The counters go down last, for until then they are what keeps the group.
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
            refused = page_mapped(page) or PageCgroupMigration(pc)
        elif ctype == MEM_CGROUP_CHARGE_TYPE_SWAPOUT:
            if not PageAnon(page):
                refused = page.mapping is not None and not page_is_file_cache(page)
            else:
                refused = page_mapped(page)
    if refused:
        unlock_page_cgroup(pc)
        return None
    mem_cgroup_charge_statistics(mem, pc, False)
    ClearPageCgroupUsed(pc)
    unlock_page_cgroup(pc)
    if do_swap_account != 0 and ctype == MEM_CGROUP_CHARGE_TYPE_SWAPOUT:
        mem_cgroup_swap_statistics(mem, True)
        mem_cgroup_get(mem)
    if not mem_cgroup_is_root(mem):
        __do_uncharge(mem, ctype)
    return mem


def mem_cgroup_uncharge_swapcache(page: Page, ent: int, swapout: bool) -> None:
    """The page has left the swap cache; the slot takes the charge over if it stays in use."""
    ctype = MEM_CGROUP_CHARGE_TYPE_SWAPOUT
    if not swapout:
        ctype = MEM_CGROUP_CHARGE_TYPE_DROP
    memcg = __mem_cgroup_uncharge_common(page, ctype)
    if do_swap_account != 0 and swapout and memcg is not None:
        swap_cgroup_record(ent, css_id(memcg.css))
