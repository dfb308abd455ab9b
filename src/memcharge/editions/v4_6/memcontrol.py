# SPDX-License-Identifier: GPL-2.0-only
"""Charging pages to groups (mm/memcontrol.c)."""

from memcharge.editions.v2_6_34.cgroup import __css_get, css_put
from memcharge.editions.v2_6_34.memcontrol import (
    MEM_CGROUP_RECLAIM_RETRIES,
    do_swap_account,
    mem_cgroup_disabled,
    mem_cgroup_is_root,
)
from memcharge.editions.v2_6_34.memcontrol_reclaim import mem_cgroup_hierarchical_reclaim
from memcharge.editions.v3_4.memcontrol import mem_cgroup_margin
from memcharge.editions.v3_17.memcontrol import (
    get_mem_cgroup_from_mm,
    mem_cgroup_charge_counters,
    mem_cgroup_charge_statistics,
)
from memcharge.editions.v3_17.memcontrol_move import mem_cgroup_wait_acct_move
from memcharge.editions.v3_19.memcontrol import commit_charge, try_get_mem_cgroup_from_page
from memcharge.kernel import *


def page_counter_charge(counter: ResCounter, nr_pages: int) -> None:
    """Add to the usage here and above, whatever the limits are (mm/page_counter.c)."""
    c: ResCounter | None = counter
    while c is not None:
        with atomic():
            c.usage += nr_pages
        c = c.parent


def mem_cgroup_force_charge(memcg: MemCgroup, nr_pages: int) -> None:
    """Charge pages beyond the limit, with a reference each; the kernel writes it twice."""
    page_counter_charge(memcg.res, nr_pages)
    if do_swap_account != 0:
        page_counter_charge(memcg.memsw, nr_pages)
    __css_get(memcg.css, nr_pages)


def try_charge(memcg: MemCgroup, gfp_mask: int, nr_pages: int) -> int:
    """Take pages and a reference for each: 0 or -ENOMEM; who dies anyway is not kept from it."""
    if mem_cgroup_is_root(memcg):
        return 0
    nr_retries = MEM_CGROUP_RECLAIM_RETRIES
    while True:
        mem_over_limit, noswap = mem_cgroup_charge_counters(memcg, nr_pages)
        if mem_over_limit is None:
            break
        if current.TIF_MEMDIE or fatal_signal_pending(current):
            mem_cgroup_force_charge(memcg, nr_pages)
            return 0
        if gfp_mask & GFP_WAIT == 0:
            return -ENOMEM
        nr_reclaimed = mem_cgroup_hierarchical_reclaim(mem_over_limit, gfp_mask, noswap)
        if mem_cgroup_margin(mem_over_limit) >= nr_pages or nr_reclaimed != 0:
            continue
        if mem_cgroup_wait_acct_move(mem_over_limit):
            continue
        if nr_retries == 0:
            if fatal_signal_pending(current):
                mem_cgroup_force_charge(memcg, nr_pages)
                return 0
            return -ENOMEM
        nr_retries -= 1
    __css_get(memcg.css, nr_pages)
    return 0


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
    return ret, memcg


def mem_cgroup_migrate(oldpage: Page, newpage: Page) -> None:
    """Charge the new page as well; the old one will be freed soon."""
    BUG_ON(not PageLocked(oldpage))
    BUG_ON(not PageLocked(newpage))
    BUG_ON(PageAnon(oldpage) != PageAnon(newpage))
    if mem_cgroup_disabled():
        return
    if newpage.mem_cgroup is not None:
        return
    memcg = oldpage.mem_cgroup
    if memcg is None:
        return
    mem_cgroup_force_charge(memcg, 1)
    commit_charge(newpage, memcg, True)
    mem_cgroup_charge_statistics(memcg, newpage, 1)
