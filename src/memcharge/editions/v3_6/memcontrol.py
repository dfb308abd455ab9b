# SPDX-License-Identifier: GPL-2.0-only
"""Charging pages to groups (mm/memcontrol.c)."""

from memcharge.editions.v2_6_34.cgroup import (
    cgroup_exclude_rmdir,
    cgroup_release_and_wakeup_rmdir,
    css_get,
    css_id,
    css_put,
)
from memcharge.editions.v2_6_34.memcontrol import (
    MEM_CGROUP_CHARGE_TYPE_CACHE,
    MEM_CGROUP_CHARGE_TYPE_DROP,
    MEM_CGROUP_CHARGE_TYPE_SWAPOUT,
    do_swap_account,
    lookup_page_cgroup,
    mem_cgroup_disabled,
    mem_cgroup_is_root,
    mem_cgroup_swap_statistics,
)
from memcharge.editions.v2_6_34.memcontrol_group import mem_cgroup_get
from memcharge.editions.v2_6_34.memcontrol_swap import try_get_mem_cgroup_from_page
from memcharge.editions.v2_6_34.page_cgroup import swap_cgroup_record
from memcharge.editions.v3_4.memcontrol import (
    __mem_cgroup_try_charge,
    mem_cgroup_charge_common,
    mem_cgroup_charge_statistics,
    mem_cgroup_do_uncharge,
)
from memcharge.editions.v3_4.memcontrol_lru import mem_cgroup_add_lru_list, mem_cgroup_del_lru_list
from memcharge.editions.v3_4.memcontrol_swap import __mem_cgroup_commit_charge_swapin
from memcharge.kernel import *

MEM_CGROUP_CHARGE_TYPE_ANON = 1


def __mem_cgroup_try_charge_swapin(
    mm: MmStruct | None, page: Page, mask: int
) -> tuple[int, MemCgroup | None]:
    """Take a page's worth for a page in the swap cache; nothing if it is charged already."""
    memcgp: MemCgroup | None = None
    pc = lookup_page_cgroup(page)
    # The page is locked, so it does not lose its charge.
    if PageCgroupUsed(pc):
        return 0, memcgp
    memcg: MemCgroup | None = None
    if do_swap_account != 0:
        memcg = try_get_mem_cgroup_from_page(page)
    if memcg is not None:
        ret, memcgp = __mem_cgroup_try_charge(None, mask, memcg, True)
        css_put(memcg.css)
    else:
        ret, memcgp = __mem_cgroup_try_charge(mm, mask, None, True)
    if ret == -EINTR:
        ret = 0
    return ret, memcgp


def mem_cgroup_try_charge_swapin(
    mm: MmStruct | None, page: Page, gfp_mask: int
) -> tuple[int, MemCgroup | None]:
    """The same for a page of a fault, which somebody may have taken out of the swap cache."""
    memcgp: MemCgroup | None = None
    if mem_cgroup_disabled():
        return 0, memcgp
    if not PageSwapCache(page):
        ret, memcgp = __mem_cgroup_try_charge(mm, gfp_mask, None, True)
        if ret == -EINTR:
            ret = 0
        return ret, memcgp
    ret, memcgp = __mem_cgroup_try_charge_swapin(mm, page, gfp_mask)
    return ret, memcgp


def __mem_cgroup_commit_charge(memcg: MemCgroup, page: Page, ctype: int, lrucare: bool) -> None:
    """Make the charge in hand that of this page, which has none yet.

    `lrucare`: the page may be on a list already, which is not that of its new owner.
    """
    was_on_lru = False
    pc = lookup_page_cgroup(page)
    lock_page_cgroup(pc)
    BUG_ON(PageCgroupUsed(pc))
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
    mem_cgroup_charge_statistics(memcg, ctype == MEM_CGROUP_CHARGE_TYPE_ANON, 1)
    unlock_page_cgroup(pc)


def mem_cgroup_cache_charge(page: Page, mm: MmStruct | None, gfp_mask: int) -> int:
    """Charge a page before it enters a file's tree."""
    if mem_cgroup_disabled():
        return 0
    if not PageSwapCache(page):
        return mem_cgroup_charge_common(page, mm, gfp_mask, MEM_CGROUP_CHARGE_TYPE_CACHE)
    ret, memcg = __mem_cgroup_try_charge_swapin(mm, page, gfp_mask)
    if ret == 0:
        __mem_cgroup_commit_charge_swapin(page, memcg, MEM_CGROUP_CHARGE_TYPE_CACHE)
    return ret


def __mem_cgroup_uncharge_common(page: Page, ctype: int, end_migration: bool) -> MemCgroup | None:
    """Uncharge a page unless its state says that it still deserves the charge.

    At the end of a migration the charge stays: it belongs to the other page.
    """
    if mem_cgroup_disabled():
        return None
    BUG_ON(PageSwapCache(page))
    pc = lookup_page_cgroup(page)
    if not PageCgroupUsed(pc):
        return None
    lock_page_cgroup(pc)
    memcg = pc.mem_cgroup
    refused = not PageCgroupUsed(pc)
    anon = False
    if not refused:
        anon = PageAnon(page)
        if ctype == MEM_CGROUP_CHARGE_TYPE_ANON or ctype == MEM_CGROUP_CHARGE_TYPE_DROP:
            if ctype == MEM_CGROUP_CHARGE_TYPE_ANON:
                anon = True
            refused = page_mapped(page) or (not end_migration and PageCgroupMigration(pc))
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
    if not end_migration and not mem_cgroup_is_root(memcg):
        mem_cgroup_do_uncharge(memcg, ctype)
    return memcg


def mem_cgroup_uncharge_page(page: Page) -> None:
    """The last pte of an anonymous page is gone; in the swap cache it keeps its charge."""
    if page_mapped(page):
        return
    BUG_ON(page.mapping is not None and not PageAnon(page))
    if PageSwapCache(page):
        return
    __mem_cgroup_uncharge_common(page, MEM_CGROUP_CHARGE_TYPE_ANON, False)


def mem_cgroup_uncharge_cache_page(page: Page) -> None:
    """The page has left its file's tree; its lock is held."""
    BUG_ON(page_mapped(page))
    BUG_ON(page.mapping is not None)
    __mem_cgroup_uncharge_common(page, MEM_CGROUP_CHARGE_TYPE_CACHE, False)


def mem_cgroup_uncharge_swapcache(page: Page, ent: int, swapout: bool) -> None:
    """The page has left the swap cache; the slot takes the charge over if it stays in use."""
    ctype = MEM_CGROUP_CHARGE_TYPE_SWAPOUT
    if not swapout:
        ctype = MEM_CGROUP_CHARGE_TYPE_DROP
    memcg = __mem_cgroup_uncharge_common(page, ctype, False)
    if do_swap_account != 0 and swapout and memcg is not None:
        swap_cgroup_record(ent, css_id(memcg.css))


def mem_cgroup_prepare_migration(page: Page, newpage: Page) -> MemCgroup | None:
    """Mark the old page if it is anonymous, and commit the new one without a charge."""
    memcg: MemCgroup | None = None
    if mem_cgroup_disabled():
        return None
    pc = lookup_page_cgroup(page)
    lock_page_cgroup(pc)
    if PageCgroupUsed(pc):
        memcg = pc.mem_cgroup
        css_get(memcg.css)
        if PageAnon(page):
            SetPageCgroupMigration(pc)
    unlock_page_cgroup(pc)
    if memcg is None:
        return None
    if PageAnon(page):
        ctype = MEM_CGROUP_CHARGE_TYPE_ANON
    else:
        ctype = MEM_CGROUP_CHARGE_TYPE_CACHE
    __mem_cgroup_commit_charge(memcg, newpage, ctype, False)
    return memcg


def mem_cgroup_end_migration(
    memcg: MemCgroup | None, oldpage: Page, newpage: Page, migration_ok: bool
) -> None:
    """Phase the unused page out, clear the mark, and uncharge what is not mapped any more."""
    if memcg is None:
        return
    cgroup_exclude_rmdir(memcg.css)
    if not migration_ok:
        used = oldpage
        unused = newpage
    else:
        used = newpage
        unused = oldpage
    anon = PageAnon(used)
    ctype = MEM_CGROUP_CHARGE_TYPE_CACHE
    if anon:
        ctype = MEM_CGROUP_CHARGE_TYPE_ANON
    __mem_cgroup_uncharge_common(unused, ctype, True)
    css_put(memcg.css)
    pc = lookup_page_cgroup(oldpage)
    lock_page_cgroup(pc)
    ClearPageCgroupMigration(pc)
    unlock_page_cgroup(pc)
    if anon:
        mem_cgroup_uncharge_page(used)
    cgroup_release_and_wakeup_rmdir(memcg.css)
