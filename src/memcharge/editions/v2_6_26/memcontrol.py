# SPDX-License-Identifier: GPL-2.0-only
"""Charges that are counted (mm/memcontrol.c)."""

from memcharge.editions.v2_6_28.memcontrol_lru import (
    __mem_cgroup_add_list,
    __mem_cgroup_remove_list,
)
from memcharge.editions.v2_6_34.cgroup import css_put
from memcharge.editions.v2_6_34.memcontrol import (
    MEM_CGROUP_CHARGE_TYPE_CACHE,
    MEM_CGROUP_CHARGE_TYPE_MAPPED,
    __mem_cgroup_try_charge,
    lookup_page_cgroup,
    mem_cgroup_cancel_charge,
    mem_cgroup_charge_statistics,
    mem_cgroup_disabled,
    mem_cgroup_is_root,
)
from memcharge.editions.v2_6_34.res_counter import res_counter_uncharge
from memcharge.kernel import *


def mem_cgroup_charge_common(page: Page, mm: MmStruct | None, gfp_mask: int, ctype: int) -> int:
    """One more needs the page's charge; the first one makes it.  0 or -ENOMEM."""
    if mem_cgroup_disabled():
        return 0
    pc = lookup_page_cgroup(page)
    memcg = root_mem_cgroup if mm is None else None
    while True:
        lock_page_cgroup(pc)
        if PageCgroupUsed(pc):
            pc.ref_cnt += 1
            unlock_page_cgroup(pc)
            return 0
        unlock_page_cgroup(pc)
        ret, mem = __mem_cgroup_try_charge(mm, gfp_mask, memcg, True)
        if ret != 0 or mem is None:
            return ret
        lock_page_cgroup(pc)
        if not PageCgroupUsed(pc):
            break
        # Somebody was faster: join him.
        unlock_page_cgroup(pc)
        mem_cgroup_cancel_charge(mem)
    pc.ref_cnt = 1
    pc.mem_cgroup = mem
    pc.PCG_CACHE = ctype == MEM_CGROUP_CHARGE_TYPE_CACHE
    SetPageCgroupUsed(pc)
    __mem_cgroup_add_list(pc)
    mem_cgroup_charge_statistics(mem, pc, True)
    unlock_page_cgroup(pc)
    return 0


def mem_cgroup_charge(page: Page, mm: MmStruct | None, gfp_mask: int) -> int:
    """A pte is going to map the page, whatever it is."""
    return mem_cgroup_charge_common(page, mm, gfp_mask, MEM_CGROUP_CHARGE_TYPE_MAPPED)


def mem_cgroup_cache_charge(page: Page, mm: MmStruct | None, gfp_mask: int) -> int:
    """A file's tree is going to hold the page."""
    return mem_cgroup_charge_common(page, mm, gfp_mask, MEM_CGROUP_CHARGE_TYPE_CACHE)


def mem_cgroup_uncharge_page(page: Page) -> None:
    """One less needs the charge; the last one ends it."""
    if mem_cgroup_disabled():
        return
    pc = lookup_page_cgroup(page)
    lock_page_cgroup(pc)
    if not PageCgroupUsed(pc):
        unlock_page_cgroup(pc)
        return
    BUG_ON(pc.ref_cnt == 0)
    pc.ref_cnt -= 1
    if pc.ref_cnt != 0:
        unlock_page_cgroup(pc)
        return
    mem = pc.mem_cgroup
    __mem_cgroup_remove_list(pc)
    mem_cgroup_charge_statistics(mem, pc, False)
    ClearPageCgroupUsed(pc)
    unlock_page_cgroup(pc)
    if not mem_cgroup_is_root(mem):
        res_counter_uncharge(mem.res, 1)
    css_put(mem.css)


def mem_cgroup_uncharge_cache_page(page: Page) -> None:
    """The page has left its file's tree; one function serves for all here."""
    mem_cgroup_uncharge_page(page)


def mem_cgroup_shmem_charge_fallback(page: Page, mm: MmStruct | None, gfp_mask: int) -> int:
    """See whether a charge is possible, where one may wait for it; 0 or -ENOMEM."""
    error = mem_cgroup_cache_charge(page, mm, gfp_mask)
    if error == 0:
        mem_cgroup_uncharge_page(page)
    return error


def mem_cgroup_prepare_migration(page: Page) -> bool:
    """Keep the charge of the page that is to be unmapped; whether it has one."""
    if mem_cgroup_disabled():
        return False
    pc = lookup_page_cgroup(page)
    lock_page_cgroup(pc)
    charged = PageCgroupUsed(pc)
    if charged:
        pc.ref_cnt += 1
    unlock_page_cgroup(pc)
    return charged


def mem_cgroup_end_migration(page: Page) -> None:
    """The page that survived needs the charge for itself only."""
    mem_cgroup_uncharge_page(page)


def mem_cgroup_page_migration(page: Page, newpage: Page) -> None:
    """Attach the page_cgroup to the new page, with all that it counts."""
    pc = lookup_page_cgroup(page)
    lock_page_cgroup(pc)
    if not PageCgroupUsed(pc):
        unlock_page_cgroup(pc)
        return
    mem = pc.mem_cgroup
    ref_cnt = pc.ref_cnt
    cache = PageCgroupCache(pc)
    pc.ref_cnt = 0
    __mem_cgroup_remove_list(pc)
    ClearPageCgroupUsed(pc)
    unlock_page_cgroup(pc)
    pc = lookup_page_cgroup(newpage)
    lock_page_cgroup(pc)
    pc.mem_cgroup = mem
    pc.ref_cnt = ref_cnt
    pc.PCG_CACHE = cache
    SetPageCgroupUsed(pc)
    __mem_cgroup_add_list(pc)
    unlock_page_cgroup(pc)
