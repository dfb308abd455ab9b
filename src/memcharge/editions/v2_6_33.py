# SPDX-License-Identifier: GPL-2.0-only
"""The scheme of 2.6.34 before two of its fixes, and before charges moved along with tasks.

Preparing a migration lets try_charge() overwrite the group that it puts
afterwards, so a charge that is let off puts no group.  Moving a charge asks the
mapcount whether the page counts in FILE_MAPPED, which another CPU may have
changed and not counted yet.  Only a task that the OOM killer has chosen is let
off, and after an OOM kill the charge fails.

Derived backwards from 2.6.34.  Not included: what else differs there.
"""

from memcharge.editions.v2_6_34.cgroup import (
    cgroup_wakeup_rmdir_waiter,
    css_get,
    css_is_removed,
    css_put,
)
from memcharge.editions.v2_6_34.memcontrol import (
    MEM_CGROUP_RECLAIM_RETRIES,
    do_swap_account,
    lookup_page_cgroup,
    mem_cgroup_cancel_charge,
    mem_cgroup_charge_counters,
    mem_cgroup_charge_statistics,
    mem_cgroup_disabled,
    mem_cgroup_from_task,
    mem_cgroup_is_root,
    try_get_mem_cgroup_from_mm,
)
from memcharge.editions.v2_6_34.memcontrol_reclaim import (
    mem_cgroup_check_under_limit,
    mem_cgroup_handle_oom,
    mem_cgroup_hierarchical_reclaim,
)
from memcharge.editions.v2_6_34.memcontrol_stock import (
    consume_stock,
    mem_cgroup_charge_size,
    refill_stock,
)
from memcharge.editions.v2_6_34.res_counter import res_counter_uncharge
from memcharge.editions.v2_6_34.swap import put_page
from memcharge.editions.v2_6_34.vmscan import isolate_lru_page, putback_lru_page
from memcharge.kernel import *
from memcharge.kernel import __this_cpu_add

BASE = "v2_6_34"
PROVENANCE = (
    '60b341b778cc ("Linux 2.6.33") (in v2.6.33); without 93d5c9be1ddd ("memcg: fix prepare '
    'migration"), 8725d5416213 ("memcg: fix race in file_mapped accounting"), 867578cbccb0 '
    '("memcg: fix oom kill behavior") and 4ffef5feff4e ("memcg: move charges of anonymous page") '
    "(in v2.6.34)"
)
REMOVED = (
    "is_target_pte_for_mc",
    "mem_cgroup_bulk_precharge",
    "mem_cgroup_can_attach",
    "mem_cgroup_clear_mc",
    "mem_cgroup_count_precharge",
    "mem_cgroup_count_precharge_pte_range",
    "mem_cgroup_do_precharge",
    "mem_cgroup_is_moved",
    "mem_cgroup_move_charge",
    "mem_cgroup_move_charge_page",
    "mem_cgroup_move_charge_pte_range",
    "mem_cgroup_move_swap_account",
    "mem_cgroup_move_task",
    "mem_cgroup_settle_moved_swap",
    "mem_cgroup_wait_acct_move",
)


def mem_cgroup_update_file_mapped(page: Page, val: int) -> None:
    """A file page was mapped first or unmapped last; counts only if it is charged now."""
    pc = lookup_page_cgroup(page)
    lock_page_cgroup(pc)
    mem = pc.mem_cgroup
    if mem is not None and PageCgroupUsed(pc):
        __this_cpu_add(mem.stat, MEM_CGROUP_STAT_FILE_MAPPED, val)
    unlock_page_cgroup(pc)


def __mem_cgroup_try_charge(
    mm: MmStruct | None, gfp_mask: int, memcg: MemCgroup | None, oom: bool
) -> tuple[int, MemCgroup | None]:
    """Take a page's worth from `memcg`, or from the group of `mm` if that is None.

    A task that the OOM killer has chosen is let through without a charge: 0 and
    no group.
    """
    if current.TIF_MEMDIE:
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
            return -ENOMEM, memcg
        if mem_cgroup_hierarchical_reclaim(mem_over_limit, gfp_mask, noswap) != 0:
            continue
        if mem_cgroup_check_under_limit(mem_over_limit):
            continue
        if nr_retries == 0:
            if oom:
                mem_cgroup_handle_oom(mem_over_limit, gfp_mask)
            css_put(mem.css)
            return -ENOMEM, memcg
        nr_retries -= 1
    if csize > 1:
        refill_stock(mem, csize - 1)
    return 0, mem


def __mem_cgroup_move_account(pc: PageCgroup, from_: MemCgroup, to: MemCgroup) -> None:
    """Make `to` the owner of a locked, used page_cgroup whose page is off the LRU."""
    BUG_ON(from_ is to)
    BUG_ON(PageLRU(pc.page))
    BUG_ON(pc.mem_cgroup is not from_)
    if not mem_cgroup_is_root(from_):
        res_counter_uncharge(from_.res, 1)
    mem_cgroup_charge_statistics(from_, pc, False)
    page = pc.page
    if page_mapped(page) and not PageAnon(page):
        __this_cpu_add(from_.stat, MEM_CGROUP_STAT_FILE_MAPPED, -1)
        __this_cpu_add(to.stat, MEM_CGROUP_STAT_FILE_MAPPED, 1)
    if do_swap_account != 0 and not mem_cgroup_is_root(from_):
        res_counter_uncharge(from_.memsw, 1)
    css_put(from_.css)
    css_get(to.css)
    pc.mem_cgroup = to
    mem_cgroup_charge_statistics(to, pc, True)


def mem_cgroup_move_account(pc: PageCgroup, from_: MemCgroup, to: MemCgroup) -> int:
    """The same if the page_cgroup is still charged to `from_`; 0 or -EINVAL."""
    ret = -EINVAL
    lock_page_cgroup(pc)
    if PageCgroupUsed(pc) and pc.mem_cgroup is from_:
        __mem_cgroup_move_account(pc, from_, to)
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
        ret = mem_cgroup_move_account(pc, child, parent)
        if ret == 0:
            css_put(parent.css)
        else:
            mem_cgroup_cancel_charge(parent)
    putback_lru_page(page)
    put_page(page)
    return ret


def mem_cgroup_prepare_migration(page: Page) -> tuple[int, MemCgroup | None]:
    """Reserve a page's worth in the group of the page that is to be moved."""
    mem: MemCgroup | None = None
    ret = 0
    if mem_cgroup_disabled():
        return 0, mem
    pc = lookup_page_cgroup(page)
    lock_page_cgroup(pc)
    if PageCgroupUsed(pc):
        mem = pc.mem_cgroup
        css_get(mem.css)
    unlock_page_cgroup(pc)
    if mem is not None:
        ret, mem = __mem_cgroup_try_charge(None, GFP_KERNEL, mem, False)
        css_put(mem.css)
    return ret, mem


def cgroup_attach_task(cgrp: Cgroup, tsk: TaskStruct) -> int:
    """Make the group that of the task, with cgroup_mutex held; its charges stay."""
    oldcgrp = mem_cgroup_from_task(tsk).css.cgroup
    if cgrp is oldcgrp:
        return 0
    atomic_inc(cgrp.count)
    tsk.mem_cgroup = cgrp.memcg
    synchronize_rcu()
    atomic_dec(oldcgrp.count)
    cgroup_wakeup_rmdir_waiter(cgrp)
    return 0
