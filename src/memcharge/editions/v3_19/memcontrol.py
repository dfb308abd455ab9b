# SPDX-License-Identifier: GPL-2.0-only
"""Charging pages to groups (mm/memcontrol.c): each charge holds a reference to its group."""

from memcharge.editions.v2_6_34.cgroup import __css_get, __css_put, css_id, css_put
from memcharge.editions.v2_6_34.memcontrol import (
    MEM_CGROUP_RECLAIM_RETRIES,
    do_swap_account,
    mem_cgroup_disabled,
    mem_cgroup_is_root,
    mem_cgroup_swap_statistics,
)
from memcharge.editions.v2_6_34.memcontrol_group import mem_cgroup_lookup
from memcharge.editions.v2_6_34.memcontrol_reclaim import mem_cgroup_hierarchical_reclaim
from memcharge.editions.v2_6_34.page_cgroup import lookup_swap_cgroup, swap_cgroup_record
from memcharge.editions.v2_6_34.res_counter import res_counter_uncharge
from memcharge.editions.v3_4.memcontrol import mem_cgroup_margin
from memcharge.editions.v3_17.cgroup import css_tryget_online
from memcharge.editions.v3_17.memcontrol import (
    get_mem_cgroup_from_mm,
    lock_page_lru,
    mem_cgroup_charge_counters,
    mem_cgroup_charge_statistics,
    unlock_page_lru,
)
from memcharge.editions.v3_17.memcontrol_move import mem_cgroup_wait_acct_move
from memcharge.kernel import *
from memcharge.kernel import __this_cpu_add


def try_get_mem_cgroup_from_page(page: Page) -> MemCgroup | None:
    """Who is charged for the locked page or, if nobody is, for its swap slot; with a reference."""
    BUG_ON(not PageLocked(page))
    memcg = page.mem_cgroup
    if memcg is not None:
        if not css_tryget_online(memcg.css):
            memcg = None
    elif PageSwapCache(page):
        id = lookup_swap_cgroup(page.private)  # noqa: A001 - the kernel's name
        rcu_read_lock()
        memcg = mem_cgroup_lookup(id)
        if memcg is not None and not css_tryget_online(memcg.css):
            memcg = None
        rcu_read_unlock()
    return memcg


def try_charge(memcg: MemCgroup, gfp_mask: int, nr_pages: int) -> int:
    """Take pages and a reference for each: 0, -ENOMEM, or -EINTR for a task that dies anyway."""
    if mem_cgroup_is_root(memcg):
        return 0
    nr_retries = MEM_CGROUP_RECLAIM_RETRIES
    while True:
        mem_over_limit, noswap = mem_cgroup_charge_counters(memcg, nr_pages)
        if mem_over_limit is None:
            break
        if current.TIF_MEMDIE or fatal_signal_pending(current):
            return -EINTR
        if gfp_mask & GFP_WAIT == 0:
            return -ENOMEM
        nr_reclaimed = mem_cgroup_hierarchical_reclaim(mem_over_limit, gfp_mask, noswap)
        if mem_cgroup_margin(mem_over_limit) >= nr_pages or nr_reclaimed != 0:
            continue
        if mem_cgroup_wait_acct_move(mem_over_limit):
            continue
        if nr_retries == 0:
            if fatal_signal_pending(current):
                return -EINTR
            return -ENOMEM
        nr_retries -= 1
    __css_get(memcg.css, nr_pages)
    return 0


def cancel_charge(memcg: MemCgroup, nr_pages: int) -> None:
    """Give back what try_charge() took."""
    if mem_cgroup_is_root(memcg):
        return
    res_counter_uncharge(memcg.res, nr_pages)
    if do_swap_account != 0:
        res_counter_uncharge(memcg.memsw, nr_pages)
    __css_put(memcg.css, nr_pages)


def commit_charge(page: Page, memcg: MemCgroup, lrucare: bool) -> None:
    """Write the owner of an uncharged page."""
    isolated = False
    BUG_ON(page.mem_cgroup is not None)
    if lrucare:
        isolated = lock_page_lru(page)
    page.mem_cgroup = memcg
    if lrucare:
        unlock_page_lru(page, isolated)


def mem_cgroup_try_charge(
    page: Page, mm: MmStruct | None, gfp_mask: int
) -> tuple[int, MemCgroup | None]:
    """Take a page's worth for the page; none if it is charged already, as it may be in swap cache.

    A page that comes from swap is charged to whoever had it before.
    """
    memcg: MemCgroup | None = None
    if mem_cgroup_disabled():
        return 0, memcg
    if PageSwapCache(page):
        if page.mem_cgroup is not None:
            return 0, memcg
        if do_swap_account != 0:
            memcg = try_get_mem_cgroup_from_page(page)
    if memcg is None:
        memcg = get_mem_cgroup_from_mm(mm)
    ret = try_charge(memcg, gfp_mask, 1)
    css_put(memcg.css)
    if ret == -EINTR:
        memcg = root_mem_cgroup
        ret = 0
    return ret, memcg


def uncharge_batch(memcg: MemCgroup, anon: bool) -> None:
    """Return what a freed page held; the kernel collects pages of a group for this."""
    if not mem_cgroup_is_root(memcg):
        res_counter_uncharge(memcg.res, 1)
        if do_swap_account != 0:
            res_counter_uncharge(memcg.memsw, 1)
    if anon:
        __this_cpu_add(memcg.stat, MEM_CGROUP_STAT_RSS, -1)
    else:
        __this_cpu_add(memcg.stat, MEM_CGROUP_STAT_CACHE, -1)
    if not mem_cgroup_is_root(memcg):
        css_put(memcg.css)


def mem_cgroup_uncharge(page: Page) -> None:
    """The last reference to the page is gone."""
    if mem_cgroup_disabled():
        return
    memcg = page.mem_cgroup
    if memcg is None:
        return
    BUG_ON(PageLRU(page))
    BUG_ON(page_count(page) != 0)
    anon = PageAnon(page)
    page.mem_cgroup = None
    uncharge_batch(memcg, anon)


def mem_cgroup_migrate(oldpage: Page, newpage: Page, lrucare: bool) -> None:
    """Hand the charge of the old page over to the new one; no counter changes."""
    BUG_ON(not PageLocked(oldpage))
    BUG_ON(not PageLocked(newpage))
    BUG_ON(not lrucare and (PageLRU(oldpage) or PageLRU(newpage)))
    BUG_ON(PageAnon(oldpage) != PageAnon(newpage))
    if mem_cgroup_disabled():
        return
    if newpage.mem_cgroup is not None:
        return
    memcg = oldpage.mem_cgroup
    if memcg is None:
        return
    isolated = False
    if lrucare:
        isolated = lock_page_lru(oldpage)
    oldpage.mem_cgroup = None
    if lrucare:
        unlock_page_lru(oldpage, isolated)
    commit_charge(newpage, memcg, lrucare)


def mem_cgroup_swapout(page: Page, entry: int) -> None:
    """The page is about to be freed, for it is in swap now: uncharge it but for memory+swap."""
    BUG_ON(PageLRU(page))
    BUG_ON(page_count(page) != 0)
    if do_swap_account == 0:
        return
    memcg = page.mem_cgroup
    if memcg is None:
        return
    oldid = swap_cgroup_record(entry, css_id(memcg.css))
    BUG_ON(oldid != 0)
    mem_cgroup_swap_statistics(memcg, True)
    page.mem_cgroup = None
    if not mem_cgroup_is_root(memcg):
        res_counter_uncharge(memcg.res, 1)
    mem_cgroup_charge_statistics(memcg, page, -1)
