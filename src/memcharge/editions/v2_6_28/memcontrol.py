# SPDX-License-Identifier: GPL-2.0-only
"""Charges, uncharges, and what a migration charges (mm/memcontrol.c)."""

from memcharge.editions.v2_6_28.memcontrol_lru import (
    __mem_cgroup_add_list,
    __mem_cgroup_remove_list,
)
from memcharge.editions.v2_6_34.cgroup import css_get, css_put
from memcharge.editions.v2_6_34.memcontrol import (
    MEM_CGROUP_CHARGE_TYPE_CACHE,
    MEM_CGROUP_CHARGE_TYPE_FORCE,
    MEM_CGROUP_CHARGE_TYPE_MAPPED,
    MEM_CGROUP_CHARGE_TYPE_SHMEM,
    MEM_CGROUP_RECLAIM_RETRIES,
    __do_uncharge,
    lookup_page_cgroup,
    mem_cgroup_cancel_charge,
    mem_cgroup_charge_common,
    mem_cgroup_charge_statistics,
    mem_cgroup_disabled,
    mem_cgroup_from_task,
    mem_cgroup_is_root,
    mem_cgroup_uncharge_page,
)
from memcharge.editions.v2_6_34.memcontrol_reclaim import (
    mem_cgroup_handle_oom,
    try_to_free_mem_cgroup_pages,
)
from memcharge.editions.v2_6_34.res_counter import (
    res_counter_charge,
    res_counter_check_under_limit,
)
from memcharge.kernel import *

do_swap_account = 0


def __mem_cgroup_try_charge(
    mm: MmStruct | None, gfp_mask: int, memcg: MemCgroup | None, oom: bool
) -> tuple[int, MemCgroup | None]:
    """Take a page's worth from `memcg`, or from the group of `mm` if that is None; 0 or -ENOMEM.

    The first half of the kernel's mem_cgroup_charge_common().  Who is killed is
    not let off (a636b327f731, in v2.6.29).  Only a start state can have a group
    above that is charged as well and full.
    """
    mem = memcg
    if mem is not None:
        css_get(mem.css)
    elif mm is not None:
        rcu_read_lock()
        mem = mem_cgroup_from_task(mm.owner)
        if mem is not None:
            css_get(mem.css)
        rcu_read_unlock()
    if mem is None:
        return 0, None
    if mem_cgroup_is_root(mem):
        return 0, mem
    nr_retries = MEM_CGROUP_RECLAIM_RETRIES
    while True:
        _ret, fail_res = res_counter_charge(mem.res, 1)
        if fail_res is None:
            break
        if gfp_mask & GFP_WAIT == 0:
            css_put(mem.css)
            return -ENOMEM, None
        mem_over_limit = fail_res.memcg
        if try_to_free_mem_cgroup_pages(mem_over_limit, gfp_mask, False) != 0:
            continue
        if res_counter_check_under_limit(mem_over_limit.res):
            continue
        if nr_retries == 0:
            mem_cgroup_handle_oom(mem_over_limit, gfp_mask)
            css_put(mem.css)
            return -ENOMEM, None
        nr_retries -= 1
    return 0, mem


def __mem_cgroup_commit_charge(mem: MemCgroup, pc: PageCgroup, ctype: int) -> None:
    """Make the charge in hand that of this page; a page charged already needs none.

    The second half of the kernel's mem_cgroup_charge_common().
    """
    lock_page_cgroup(pc)
    if PageCgroupUsed(pc):
        unlock_page_cgroup(pc)
        mem_cgroup_cancel_charge(mem)
        return
    pc.mem_cgroup = mem
    pc.PCG_CACHE = ctype != MEM_CGROUP_CHARGE_TYPE_MAPPED
    SetPageCgroupUsed(pc)
    __mem_cgroup_add_list(pc)
    mem_cgroup_charge_statistics(mem, pc, True)
    unlock_page_cgroup(pc)


def mem_cgroup_charge(page: Page, mm: MmStruct | None, gfp_mask: int) -> int:
    """Charge an anonymous page that is not mapped; 0 or -ENOMEM."""
    if mem_cgroup_disabled():
        return 0
    if page_mapped(page) or (page.mapping is not None and not PageAnon(page)):
        return 0
    memcg = root_mem_cgroup if mm is None else None
    return mem_cgroup_charge_common(page, mm, gfp_mask, MEM_CGROUP_CHARGE_TYPE_MAPPED, memcg)


def mem_cgroup_newpage_charge(page: Page, mm: MmStruct | None, gfp_mask: int) -> int:
    """The same for those who call it by its later name."""
    return mem_cgroup_charge(page, mm, gfp_mask)


def mem_cgroup_cache_charge(page: Page, mm: MmStruct | None, gfp_mask: int) -> int:
    """Charge a page before it enters a file's tree; a page charged already is left alone."""
    if mem_cgroup_disabled():
        return 0
    if gfp_mask & GFP_WAIT == 0:
        pc = lookup_page_cgroup(page)
        lock_page_cgroup(pc)
        used = PageCgroupUsed(pc)
        unlock_page_cgroup(pc)
        if used:
            return 0
    ctype = MEM_CGROUP_CHARGE_TYPE_SHMEM
    if page_is_file_cache(page):
        ctype = MEM_CGROUP_CHARGE_TYPE_CACHE
    memcg = root_mem_cgroup if mm is None else None
    return mem_cgroup_charge_common(page, mm, gfp_mask, ctype, memcg)


def mem_cgroup_shmem_charge_fallback(page: Page, mm: MmStruct | None, gfp_mask: int) -> int:
    """Make room in the group, where one may wait for it; 0 or -ENOMEM.

    mem_cgroup_shrink_usage() there, which knows no page and kills nobody.
    """
    if mem_cgroup_disabled() or mm is None:
        return 0
    rcu_read_lock()
    mem = mem_cgroup_from_task(mm.owner)
    if mem is not None:
        css_get(mem.css)
    rcu_read_unlock()
    if mem is None:
        return 0
    ret = -ENOMEM
    retry = MEM_CGROUP_RECLAIM_RETRIES
    while retry > 0 and ret != 0:
        if try_to_free_mem_cgroup_pages(mem, gfp_mask, False) != 0:
            ret = 0
        if res_counter_check_under_limit(mem.res):
            ret = 0
        retry -= 1
    css_put(mem.css)
    return ret


def __mem_cgroup_uncharge_common(page: Page, ctype: int) -> MemCgroup | None:
    """Uncharge a page unless it is mapped and was charged for that."""
    if mem_cgroup_disabled():
        return None
    pc = lookup_page_cgroup(page)
    if not PageCgroupUsed(pc):
        return None
    lock_page_cgroup(pc)
    mapped = ctype == MEM_CGROUP_CHARGE_TYPE_MAPPED and page_mapped(page)
    if mapped or not PageCgroupUsed(pc):
        unlock_page_cgroup(pc)
        return None
    ClearPageCgroupUsed(pc)
    mem = pc.mem_cgroup
    __mem_cgroup_remove_list(pc)
    mem_cgroup_charge_statistics(mem, pc, False)
    unlock_page_cgroup(pc)
    if not mem_cgroup_is_root(mem):
        __do_uncharge(mem, ctype)
    css_put(mem.css)
    return mem


def mem_cgroup_uncharge_swapcache(page: Page, ent: int, swapout: bool) -> None:
    """Leaving the swap cache changes no charge."""


def mem_cgroup_prepare_migration(page: Page, newpage: Page) -> int:
    """Charge the new page to the old one's group; neither is locked.  0 or -ENOMEM."""
    mem: MemCgroup | None = None
    ctype = MEM_CGROUP_CHARGE_TYPE_MAPPED
    if mem_cgroup_disabled():
        return 0
    pc = lookup_page_cgroup(page)
    lock_page_cgroup(pc)
    if PageCgroupUsed(pc):
        mem = pc.mem_cgroup
        css_get(mem.css)
        if PageCgroupCache(pc):
            ctype = MEM_CGROUP_CHARGE_TYPE_SHMEM
            if page_is_file_cache(page):
                ctype = MEM_CGROUP_CHARGE_TYPE_CACHE
    unlock_page_cgroup(pc)
    ret = 0
    if mem is not None:
        ret = mem_cgroup_charge_common(newpage, None, GFP_KERNEL, ctype, mem)
        css_put(mem.css)
    return ret


def mem_cgroup_end_migration(newpage: Page) -> None:
    """A new page without a mapping has not been needed; an anonymous one may not be any more."""
    if newpage.mapping is None:
        __mem_cgroup_uncharge_common(newpage, MEM_CGROUP_CHARGE_TYPE_FORCE)
    elif PageAnon(newpage):
        mem_cgroup_uncharge_page(newpage)
