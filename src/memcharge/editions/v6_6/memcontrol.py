# SPDX-License-Identifier: GPL-2.0-only
"""Charging folios to groups (mm/memcontrol.c)."""

from memcharge.editions.v2_6_34.cgroup import css_get, css_id, css_put
from memcharge.editions.v2_6_34.memcontrol import (
    MEM_CGROUP_RECLAIM_RETRIES,
    do_swap_account,
    mem_cgroup_disabled,
    mem_cgroup_from_task,
    mem_cgroup_is_root,
    mem_cgroup_swap_statistics,
)
from memcharge.editions.v2_6_34.memcontrol_group import parent_mem_cgroup
from memcharge.editions.v2_6_34.memcontrol_reclaim import mem_cgroup_hierarchical_reclaim
from memcharge.editions.v2_6_34.page_cgroup import lookup_swap_cgroup, swap_cgroup_record
from memcharge.editions.v2_6_34.res_counter import res_counter_uncharge
from memcharge.editions.v3_4.memcontrol import mem_cgroup_margin
from memcharge.editions.v3_17.cgroup import css_tryget, css_tryget_online
from memcharge.editions.v3_17.memcontrol import mem_cgroup_charge_counters
from memcharge.editions.v3_17.memcontrol_move import mem_cgroup_wait_acct_move
from memcharge.editions.v4_6.memcontrol import page_counter_charge
from memcharge.kernel import *
from memcharge.kernel import __this_cpu_add


def folio_memcg(folio: Page) -> MemCgroup | None:
    """Who is charged for the folio."""
    return folio.memcg_data


def mem_cgroup_page_lruvec(folio: Page) -> MemCgroup:
    """Whose LRU list the folio belongs to; the kernel calls it folio_lruvec()."""
    memcg = folio_memcg(folio)
    if memcg is None:
        memcg = root_mem_cgroup
    return memcg


def __lruvec_stat_mod_folio(folio: Page, idx: int, val: int) -> None:
    """Count for whoever is charged now."""
    memcg = folio_memcg(folio)
    if memcg is not None:
        __this_cpu_add(memcg.stat, idx, val)


def get_mem_cgroup_from_mm(mm: MmStruct | None) -> MemCgroup:
    """The group of the mm's owner, or of the caller's if there is none; with a reference."""
    if mm is None:
        mm = current.mm
    rcu_read_lock()
    while True:
        memcg: MemCgroup | None = root_mem_cgroup
        if mm is not None:
            memcg = mem_cgroup_from_task(mm.owner)
            if memcg is None:
                memcg = root_mem_cgroup
        if css_tryget(memcg.css):
            break
    rcu_read_unlock()
    return memcg


def mem_cgroup_force_charge(memcg: MemCgroup, nr_pages: int) -> None:
    """Charge pages beyond the limit; the kernel writes it twice."""
    page_counter_charge(memcg.res, nr_pages)
    if do_swap_account != 0:
        page_counter_charge(memcg.memsw, nr_pages)


def cancel_charge(memcg: MemCgroup, nr_pages: int) -> None:
    """Give back what try_charge() took."""
    if mem_cgroup_is_root(memcg):
        return
    res_counter_uncharge(memcg.res, nr_pages)
    if do_swap_account != 0:
        res_counter_uncharge(memcg.memsw, nr_pages)


def try_charge(memcg: MemCgroup, gfp_mask: int, nr_pages: int) -> int:
    """Take pages, with no reference: 0 or -ENOMEM, for a dying task as well (since 5.16)."""
    if mem_cgroup_is_root(memcg):
        return 0
    nr_retries = MEM_CGROUP_RECLAIM_RETRIES
    while True:
        mem_over_limit, noswap = mem_cgroup_charge_counters(memcg, nr_pages)
        if mem_over_limit is None:
            return 0
        if gfp_mask & GFP_WAIT == 0:
            return -ENOMEM
        nr_reclaimed = mem_cgroup_hierarchical_reclaim(mem_over_limit, gfp_mask, noswap)
        if mem_cgroup_margin(mem_over_limit) >= nr_pages or nr_reclaimed != 0:
            continue
        if mem_cgroup_wait_acct_move(mem_over_limit):
            continue
        if nr_retries == 0:
            return -ENOMEM
        nr_retries -= 1


def commit_charge(folio: Page, memcg: MemCgroup) -> None:
    """Write the owner of an uncharged folio."""
    BUG_ON(folio_memcg(folio) is not None)
    folio.memcg_data = memcg


def charge_memcg(folio: Page, memcg: MemCgroup, gfp: int) -> int:
    """Charge the folio, with a reference to the group's css; 0 or -ENOMEM."""
    ret = try_charge(memcg, gfp, 1)
    if ret == 0:
        css_get(memcg.css)
        commit_charge(folio, memcg)
    return ret


def mem_cgroup_charge(folio: Page, mm: MmStruct | None, gfp: int) -> int:
    """Charge a new folio; 0 or -ENOMEM."""
    if mem_cgroup_disabled():
        return 0
    memcg = get_mem_cgroup_from_mm(mm)
    ret = charge_memcg(folio, memcg, gfp)
    css_put(memcg.css)
    return ret


def mem_cgroup_swapin_charge_folio(folio: Page, mm: MmStruct | None, gfp: int, entry: int) -> int:
    """Charge a new folio for the swap cache to whoever is recorded for the slot."""
    if mem_cgroup_disabled():
        return 0
    id = lookup_swap_cgroup(entry)  # noqa: A001 - the kernel's name
    rcu_read_lock()
    memcg = mem_cgroup_lookup(id)
    if memcg is None or not css_tryget_online(memcg.css):
        memcg = get_mem_cgroup_from_mm(mm)
    rcu_read_unlock()
    ret = charge_memcg(folio, memcg, gfp)
    css_put(memcg.css)
    return ret


def mem_cgroup_swapin_uncharge_swap(entry: int) -> None:
    """The folio has its own charge now: the slot's would be a second one."""
    if not mem_cgroup_disabled() and do_swap_account != 0:
        mem_cgroup_uncharge_swap(entry)


def mem_cgroup_uncharge(folio: Page) -> None:
    """The last reference is gone, or the folio was charged in vain."""
    if mem_cgroup_disabled():
        return
    memcg = folio_memcg(folio)
    if memcg is None:
        return
    BUG_ON(PageLRU(folio))
    css_get(memcg.css)
    folio.memcg_data = None
    css_put(memcg.css)
    if not mem_cgroup_is_root(memcg):
        res_counter_uncharge(memcg.res, 1)
        if do_swap_account != 0:
            res_counter_uncharge(memcg.memsw, 1)
    css_put(memcg.css)


def mem_cgroup_migrate(old: Page, new: Page) -> None:
    """Charge the new folio as well; the old one will be freed soon."""
    BUG_ON(not PageLocked(old))
    BUG_ON(not PageLocked(new))
    BUG_ON(PageAnon(old) != PageAnon(new))
    if mem_cgroup_disabled():
        return
    if folio_memcg(new) is not None:
        return
    memcg = folio_memcg(old)
    if WARN_ON(memcg is None):
        return
    if not mem_cgroup_is_root(memcg):
        mem_cgroup_force_charge(memcg, 1)
    css_get(memcg.css)
    commit_charge(new, memcg)


def mem_cgroup_lookup(id: int) -> MemCgroup | None:  # noqa: A002 - the kernel's name
    """The group that has the id, none for 0; mem_cgroup_from_id() by now."""
    if id == 0:
        return None
    entry = object_at(CssId, id)
    if entry.removed:
        return None
    return entry.css


def mem_cgroup_id_remove(memcg: MemCgroup) -> None:
    """The id names nobody any more."""
    entry = object_at(CssId, css_id(memcg.css))
    entry.removed = True


def mem_cgroup_id_get_many(memcg: MemCgroup, n: int) -> None:
    """Keep the id, which somebody keeps already; else that comes too late."""
    with atomic():
        WARN_ON(memcg.refcnt.counter == 0)
        memcg.refcnt.counter += n


def mem_cgroup_id_get_online(memcg: MemCgroup) -> MemCgroup:
    """Keep the id of the group for a swap record or, if that has none, of one above."""
    found: MemCgroup | None = memcg
    while not atomic_inc_not_zero(found.refcnt):
        found = parent_mem_cgroup(found)
        if found is None:
            found = root_mem_cgroup
    return found


def mem_cgroup_id_put_many(memcg: MemCgroup, n: int) -> None:
    """Let go of the id; with the last one it goes, and no more refers to the css."""
    with atomic():
        WARN_ON(memcg.refcnt.counter < n)
        memcg.refcnt.counter -= n
        last = memcg.refcnt.counter == 0
    if last:
        mem_cgroup_id_remove(memcg)
        css_put(memcg.css)


def mem_cgroup_id_put(memcg: MemCgroup) -> None:
    mem_cgroup_id_put_many(memcg, 1)


def mem_cgroup_swapout(folio: Page, entry: int) -> None:
    """The folio is about to be freed, for it is in swap now: uncharge it but for memory+swap."""
    BUG_ON(PageLRU(folio))
    BUG_ON(page_count(folio) != 0)
    if mem_cgroup_disabled() or do_swap_account == 0:
        return
    memcg = folio_memcg(folio)
    if WARN_ON(memcg is None):
        return
    swap_memcg = mem_cgroup_id_get_online(memcg)
    oldid = swap_cgroup_record(entry, css_id(swap_memcg.css))
    BUG_ON(oldid != 0)
    mem_cgroup_swap_statistics(swap_memcg, True)
    folio.memcg_data = None
    if not mem_cgroup_is_root(memcg):
        res_counter_uncharge(memcg.res, 1)
    if memcg is not swap_memcg:
        if not mem_cgroup_is_root(swap_memcg):
            page_counter_charge(swap_memcg.memsw, 1)
        res_counter_uncharge(memcg.memsw, 1)
    css_put(memcg.css)


def mem_cgroup_uncharge_swap(entry: int) -> None:
    """Nobody names the slot any more, or its folio is charged again."""
    id = swap_cgroup_record(entry, 0)  # noqa: A001 - the kernel's name
    rcu_read_lock()
    memcg = mem_cgroup_lookup(id)
    if memcg is not None:
        if not mem_cgroup_is_root(memcg):
            res_counter_uncharge(memcg.memsw, 1)
        mem_cgroup_swap_statistics(memcg, False)
        mem_cgroup_id_put(memcg)
    rcu_read_unlock()
