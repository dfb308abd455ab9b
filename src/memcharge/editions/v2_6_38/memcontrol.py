# SPDX-License-Identifier: GPL-2.0-only
"""Charging pages to groups, and counting mapped file pages (mm/memcontrol.c)."""

from memcharge.editions.v2_6_34.cgroup import (
    cgroup_exclude_rmdir,
    cgroup_release_and_wakeup_rmdir,
)
from memcharge.editions.v2_6_34.memcontrol import (
    MEM_CGROUP_CHARGE_TYPE_FORCE,
    do_swap_account,
    lookup_page_cgroup,
    mem_cgroup_uncharge_page,
)
from memcharge.editions.v2_6_34.memcontrol_move import mem_cgroup_wait_acct_move
from memcharge.editions.v2_6_34.memcontrol_reclaim import (
    mem_cgroup_check_under_limit,
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
    __mem_cgroup_uncharge_common,
)
from memcharge.editions.v2_6_37.memcontrol_move import mem_cgroup_stealed
from memcharge.kernel import *
from memcharge.kernel import __this_cpu_add


def mem_cgroup_update_page_stat(page: Page, idx: int, val: int) -> None:
    """Count for the owner of a file page, with the move lock only while pages of the group move."""
    pc = lookup_page_cgroup(page)
    need_unlock = False
    rcu_read_lock()
    mem = pc.mem_cgroup
    charged = mem is not None and PageCgroupUsed(pc)
    if charged and mem_cgroup_stealed(mem):
        move_lock_page_cgroup(pc)
        need_unlock = True
        mem = pc.mem_cgroup
        charged = mem is not None and PageCgroupUsed(pc)
    if charged:
        if val > 0:
            SetPageCgroupFileMapped(pc)
        elif not page_mapped(page):
            ClearPageCgroupFileMapped(pc)
        __this_cpu_add(mem.stat, idx, val)
    if need_unlock:
        move_unlock_page_cgroup(pc)
    rcu_read_unlock()


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
        res_counter_uncharge(mem.res, 1)
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


def mem_cgroup_end_migration(
    mem: MemCgroup | None, oldpage: Page, newpage: Page, migration_ok: bool
) -> None:
    """Clear the mark and uncharge what is not used or not mapped any more."""
    if mem is None:
        return
    cgroup_exclude_rmdir(mem.css)
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
    __mem_cgroup_uncharge_common(unused, MEM_CGROUP_CHARGE_TYPE_FORCE)
    # Mapped nowhere by now, an anonymous page has no other chance.
    if PageAnon(used):
        mem_cgroup_uncharge_page(used)
    cgroup_release_and_wakeup_rmdir(mem.css)
