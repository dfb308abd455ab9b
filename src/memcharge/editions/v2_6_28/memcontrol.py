# SPDX-License-Identifier: GPL-2.0-only
"""Charges, uncharges, and what a migration charges (mm/memcontrol.c)."""

from memcharge.editions.v2_6_34.cgroup import css_get, css_put
from memcharge.editions.v2_6_34.memcontrol import (
    MEM_CGROUP_CHARGE_TYPE_CACHE,
    MEM_CGROUP_CHARGE_TYPE_FORCE,
    MEM_CGROUP_CHARGE_TYPE_MAPPED,
    MEM_CGROUP_CHARGE_TYPE_SHMEM,
    __do_uncharge,
    lookup_page_cgroup,
    mem_cgroup_charge_common,
    mem_cgroup_charge_statistics,
    mem_cgroup_disabled,
    mem_cgroup_is_root,
    mem_cgroup_uncharge_page,
)
from memcharge.kernel import *

do_swap_account = 0


def counts_memsw_by_choice() -> bool:
    """Memory and swap are counted together since 2.6.29."""
    return False


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
    """Make room in the group, where one may wait for it; mem_cgroup_shrink_usage() there."""
    return 0


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
