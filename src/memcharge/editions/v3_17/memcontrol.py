# SPDX-License-Identifier: GPL-2.0-only
"""Charging pages to groups (mm/memcontrol.c).

A charge is tried before the page is put anywhere, and then either committed,
which cannot fail, or cancelled.  Writing a page_cgroup needs no lock: a page
that is charged is new, or locked, or under the pte lock; one that is uncharged
is known to nobody else.
"""

from typing import TYPE_CHECKING

from memcharge.editions.v2_6_34.cgroup import css_get, css_id, css_put
from memcharge.editions.v2_6_34.memcontrol import (
    MEM_CGROUP_RECLAIM_RETRIES,
    do_swap_account,
    lookup_page_cgroup,
    mem_cgroup_disabled,
    mem_cgroup_from_task,
    mem_cgroup_is_root,
    mem_cgroup_swap_statistics,
)
from memcharge.editions.v2_6_34.memcontrol_group import mem_cgroup_lookup
from memcharge.editions.v2_6_34.memcontrol_lru import (
    mem_cgroup_add_lru_list,
    mem_cgroup_del_lru_list,
)
from memcharge.editions.v2_6_34.memcontrol_reclaim import mem_cgroup_hierarchical_reclaim
from memcharge.editions.v2_6_34.page_cgroup import lookup_swap_cgroup, swap_cgroup_record
from memcharge.editions.v2_6_34.res_counter import res_counter_charge, res_counter_uncharge
from memcharge.editions.v3_4.memcontrol import mem_cgroup_margin
from memcharge.kernel import *
from memcharge.kernel import __this_cpu_add

if TYPE_CHECKING:
    from memcharge.editions.v3_17.cgroup import css_tryget_online
    from memcharge.editions.v3_17.memcontrol_move import mem_cgroup_wait_acct_move


def get_mem_cgroup_from_mm(mm: MmStruct | None) -> MemCgroup:
    """The group of the mm's owner, with a reference; the root if there is none."""
    rcu_read_lock()
    while True:
        memcg: MemCgroup | None = root_mem_cgroup
        if mm is not None:
            memcg = mem_cgroup_from_task(mm.owner)
            if memcg is None:
                memcg = root_mem_cgroup
        if css_tryget_online(memcg.css):
            break
    rcu_read_unlock()
    return memcg


def try_get_mem_cgroup_from_page(page: Page) -> MemCgroup | None:
    """Who is charged for the locked page or, if nobody is, for its swap slot; with a reference."""
    memcg: MemCgroup | None = None
    BUG_ON(not PageLocked(page))
    pc = lookup_page_cgroup(page)
    if PageCgroupUsed(pc):
        memcg = pc.mem_cgroup
        if memcg is not None and not css_tryget_online(memcg.css):
            memcg = None
    elif PageSwapCache(page):
        id = lookup_swap_cgroup(page.private)  # noqa: A001 - the kernel's name
        rcu_read_lock()
        memcg = mem_cgroup_lookup(id)
        if memcg is not None and not css_tryget_online(memcg.css):
            memcg = None
        rcu_read_unlock()
    return memcg


def mem_cgroup_charge_statistics(memcg: MemCgroup, page: Page, nr_pages: int) -> None:
    """Count pages more or less, of the kind that the page's mapping says."""
    if PageAnon(page):
        __this_cpu_add(memcg.stat, MEM_CGROUP_STAT_RSS, nr_pages)
    else:
        __this_cpu_add(memcg.stat, MEM_CGROUP_STAT_CACHE, nr_pages)


def mem_cgroup_charge_counters(memcg: MemCgroup, csize: int) -> tuple[MemCgroup | None, bool]:
    """Take `csize` pages from memory+swap and from memory, or from neither.

    Who is over his limit, if anybody is, and whether swapping out would not help.
    The inner part of the kernel's loop in try_charge().
    """
    if do_swap_account != 0:
        _ret, fail_res = res_counter_charge(memcg.memsw, csize)
        if fail_res is not None:
            return fail_res.memcg, True
    _ret, fail_res = res_counter_charge(memcg.res, csize)
    if fail_res is None:
        return None, False
    if do_swap_account != 0:
        res_counter_uncharge(memcg.memsw, csize)
    return fail_res.memcg, False


def try_charge(memcg: MemCgroup, gfp_mask: int, nr_pages: int) -> int:
    """Take pages from the group: 0, -ENOMEM, or -EINTR for a task that dies anyway.

    What is out of memory is told to whoever faulted, who waits without locks.
    """
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
    return 0


def cancel_charge(memcg: MemCgroup, nr_pages: int) -> None:
    """Give back what try_charge() took."""
    if mem_cgroup_is_root(memcg):
        return
    res_counter_uncharge(memcg.res, nr_pages)
    if do_swap_account != 0:
        res_counter_uncharge(memcg.memsw, nr_pages)


def lock_page_lru(page: Page) -> bool:
    """Keep the page from the LRU while its owner changes; whether it was there."""
    spin_lock(contig_zone.lru_lock)
    isolated = PageLRU(page)
    if isolated:
        ClearPageLRU(page)
        mem_cgroup_del_lru_list(page)
    return isolated


def unlock_page_lru(page: Page, isolated: bool) -> None:
    """Put it back, to the list of its new owner."""
    if isolated:
        BUG_ON(PageLRU(page))
        SetPageLRU(page)
        mem_cgroup_add_lru_list(page)
    spin_unlock(contig_zone.lru_lock)


def commit_charge(page: Page, memcg: MemCgroup, lrucare: bool) -> None:
    """Write the owner of an uncharged page, and the charges that the page now holds."""
    isolated = False
    pc = lookup_page_cgroup(page)
    BUG_ON(PageCgroupUsed(pc))
    if lrucare:
        isolated = lock_page_lru(page)
    pc.mem_cgroup = memcg
    with atomic():
        pc.PCG_USED = True
        pc.PCG_MEM = True
        pc.PCG_MEMSW = do_swap_account != 0
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
        if PageCgroupUsed(lookup_page_cgroup(page)):
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


def mem_cgroup_commit_charge(page: Page, memcg: MemCgroup | None, lrucare: bool) -> None:
    """Make the charge that of the page, whose mapping says by now what it is.

    `lrucare`: the page may be on the LRU already.
    """
    BUG_ON(page.mapping is None)
    if mem_cgroup_disabled():
        return
    # The page is charged already.
    if memcg is None:
        return
    commit_charge(page, memcg, lrucare)
    mem_cgroup_charge_statistics(memcg, page, 1)
    if do_swap_account != 0 and PageSwapCache(page):
        mem_cgroup_uncharge_swap(page.private)


def mem_cgroup_cancel_charge(page: Page, memcg: MemCgroup | None) -> None:
    """The page was put nowhere: give the charge in hand back."""
    if mem_cgroup_disabled():
        return
    if memcg is None:
        return
    cancel_charge(memcg, 1)


def uncharge_batch(memcg: MemCgroup, nr_mem: int, nr_memsw: int, anon: bool) -> None:
    """Return what a freed page held; the kernel collects pages of a group for this."""
    if not mem_cgroup_is_root(memcg):
        if nr_mem != 0:
            res_counter_uncharge(memcg.res, nr_mem)
        if nr_memsw != 0:
            res_counter_uncharge(memcg.memsw, nr_memsw)
    if anon:
        __this_cpu_add(memcg.stat, MEM_CGROUP_STAT_RSS, -1)
    else:
        __this_cpu_add(memcg.stat, MEM_CGROUP_STAT_CACHE, -1)


def mem_cgroup_uncharge(page: Page) -> None:
    """The last reference to the page is gone."""
    if mem_cgroup_disabled():
        return
    pc = lookup_page_cgroup(page)
    if not PageCgroupUsed(pc):
        return
    BUG_ON(PageLRU(page))
    BUG_ON(page_count(page) != 0)
    memcg = pc.mem_cgroup
    anon = PageAnon(page)
    nr_mem = 1 if pc.PCG_MEM else 0
    nr_memsw = 1 if pc.PCG_MEMSW else 0
    with atomic():
        pc.PCG_USED = False
        pc.PCG_MEM = False
        pc.PCG_MEMSW = False
    uncharge_batch(memcg, nr_mem, nr_memsw, anon)


def mem_cgroup_migrate(oldpage: Page, newpage: Page, lrucare: bool) -> None:
    """Hand the charge of the old page over to the new one; no counter changes.

    Both are locked, and off the LRU unless `lrucare`.  An old page without a
    charge was moved before, and picked up once more by its page frame number.
    """
    BUG_ON(not PageLocked(oldpage))
    BUG_ON(not PageLocked(newpage))
    BUG_ON(not lrucare and (PageLRU(oldpage) or PageLRU(newpage)))
    BUG_ON(PageAnon(oldpage) != PageAnon(newpage))
    if mem_cgroup_disabled():
        return
    if PageCgroupUsed(lookup_page_cgroup(newpage)):
        return
    pc = lookup_page_cgroup(oldpage)
    if not PageCgroupUsed(pc):
        return
    BUG_ON(not pc.PCG_MEM)
    BUG_ON(do_swap_account != 0 and not pc.PCG_MEMSW)
    isolated = False
    if lrucare:
        isolated = lock_page_lru(oldpage)
    with atomic():
        pc.PCG_USED = False
        pc.PCG_MEM = False
        pc.PCG_MEMSW = False
    if lrucare:
        unlock_page_lru(oldpage, isolated)
    commit_charge(newpage, pc.mem_cgroup, lrucare)


def mem_cgroup_swapout(page: Page, entry: int) -> None:
    """The page is about to be freed, for it is in swap now: the slot takes its share over."""
    BUG_ON(PageLRU(page))
    BUG_ON(page_count(page) != 0)
    if do_swap_account == 0:
        return
    pc = lookup_page_cgroup(page)
    if not PageCgroupUsed(pc):
        return
    BUG_ON(not pc.PCG_MEMSW)
    memcg = pc.mem_cgroup
    oldid = swap_cgroup_record(entry, css_id(memcg.css))
    BUG_ON(oldid != 0)
    pc.PCG_MEMSW = False
    css_get(memcg.css)
    mem_cgroup_swap_statistics(memcg, True)


def mem_cgroup_uncharge_swap(entry: int) -> None:
    """Nobody names the slot any more, or its page is charged again."""
    if do_swap_account == 0:
        return
    id = swap_cgroup_record(entry, 0)  # noqa: A001 - the kernel's name
    rcu_read_lock()
    memcg = mem_cgroup_lookup(id)
    if memcg is not None:
        if not mem_cgroup_is_root(memcg):
            res_counter_uncharge(memcg.memsw, 1)
        mem_cgroup_swap_statistics(memcg, False)
        css_put(memcg.css)
    rcu_read_unlock()
