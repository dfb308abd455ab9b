# SPDX-License-Identifier: GPL-2.0-only
"""The owner stands in the page itself, and each charge holds a reference to its group.

There is no page_cgroup any more: a page with an owner is charged.  A page that
goes to swap is uncharged there and then, and leaves memory+swap, and its
reference, to the slot.  Who counts for FILE_MAPPED is looked up before the
mapcount changes.  A page that is mapped nowhere is moved without a walk to its
mappers.

Not included: what v3_17 leaves out.
"""

from memcharge.editions.v2_6_34.cgroup import css_get, css_id, css_put, css_tryget
from memcharge.editions.v2_6_34.memcontrol import (
    MEM_CGROUP_RECLAIM_RETRIES,
    do_swap_account,
    mem_cgroup_disabled,
    mem_cgroup_is_root,
    mem_cgroup_swap_statistics,
)
from memcharge.editions.v2_6_34.memcontrol_group import mem_cgroup_lookup
from memcharge.editions.v2_6_34.memcontrol_lru import list_add, list_del_init
from memcharge.editions.v2_6_34.memcontrol_reclaim import mem_cgroup_hierarchical_reclaim
from memcharge.editions.v2_6_34.migrate import (
    buffer_migrate_page,
    fallback_migrate_page,
    migrate_page,
    remove_migration_ptes,
)
from memcharge.editions.v2_6_34.page_alloc import free_pages_check
from memcharge.editions.v2_6_34.page_cgroup import lookup_swap_cgroup, swap_cgroup_record
from memcharge.editions.v2_6_34.res_counter import res_counter_uncharge
from memcharge.editions.v2_6_34.rmap import TTU_MIGRATION, try_to_unmap
from memcharge.editions.v2_6_34.swap_state import page_mapping
from memcharge.editions.v2_6_34.vmscan import __isolate_lru_page
from memcharge.editions.v3_4.memcontrol import mem_cgroup_margin
from memcharge.editions.v3_17.memcontrol import (
    get_mem_cgroup_from_mm,
    lock_page_lru,
    mem_cgroup_charge_counters,
    mem_cgroup_charge_statistics,
    unlock_page_lru,
)
from memcharge.kernel import *
from memcharge.kernel import __this_cpu_add

BASE = "v3_17"
PROVENANCE = (
    '1306a85aed3e ("mm: embed the memcg pointer directly into struct page"), e8ea14cc6ead ("mm: '
    'memcontrol: take a css reference for each charged page"), 7bdd143c37e5 ("mm: memcontrol: '
    'uncharge pages on swapout"), d7365e783edb ("mm: memcontrol: fix missed end-writeback page '
    'accounting", in v3.18), 2ebba6b7e1d9 ("mm: unmapped page migration avoid unmap+remap '
    'overhead"), the last three ids not verified (in v3.19), read in v3.19.8'
)
REMOVED = (
    "__mem_cgroup_begin_update_page_stat",
    "__mem_cgroup_end_update_page_stat",
    "lookup_page_cgroup",
    "mem_cgroup_begin_update_page_stat",
    "mem_cgroup_end_update_page_stat",
)


def page_charged(page: Page) -> bool:
    """Whether some group is charged for the page."""
    return page.mem_cgroup is not None


def page_owner(page: Page) -> MemCgroup | None:
    """The group that is charged for a charged page."""
    return page.mem_cgroup


def css_references_due(pages: int, records: int) -> int:
    """References to a group at rest: its own, and one for each charged page and swap record."""
    return 1 + pages + records


def page_listed_for(page: Page) -> MemCgroup | None:
    """On whose LRU list the page is, by its record; the root's is not kept."""
    if not page.PG_lru:
        return None
    return page.mem_cgroup if page.mem_cgroup is not None else root_mem_cgroup


def mem_cgroup_page_lruvec(page: Page) -> MemCgroup:
    """Whose LRU list the page belongs to: the root group's as long as nobody is charged."""
    memcg = page.mem_cgroup
    if memcg is None:
        memcg = root_mem_cgroup
    return memcg


def mem_cgroup_add_lru_list(page: Page) -> None:
    """The page enters the LRU; its list node lies in the page, here still where it was before."""
    if not config.private_lru or mem_cgroup_disabled():
        return
    memcg = mem_cgroup_page_lruvec(page)
    memcg.lru_size += 1
    if not mem_cgroup_is_root(memcg):
        list_add(page.page_cgroup, memcg)


def mem_cgroup_del_lru_list(page: Page) -> None:
    """The page leaves the LRU, and the list on which it is."""
    if not config.private_lru or mem_cgroup_disabled():
        return
    memcg = mem_cgroup_page_lruvec(page)
    memcg.lru_size -= 1
    if page.page_cgroup.lru is not None:
        list_del_init(page.page_cgroup)


def mem_cgroup_isolate_pages(mem: MemCgroup, noswap: bool) -> Page | None:
    """Take one page of the group off its list, under the zone's lock, with a reference."""
    taken: Page | None = None
    for pc in each(PageCgroup):
        if taken is None and pc.lru is mem:
            page = pc.page
            if not (noswap and PageSwapBacked(page)) and __isolate_lru_page(page) == 0:
                mem_cgroup_del_lru_list(page)
                taken = page
    return taken


def mem_cgroup_begin_page_stat(page: Page) -> MemCgroup | None:
    """The group to count for while something changes about the page; none if it is not charged."""
    if mem_cgroup_disabled():
        return None
    return page.mem_cgroup


def mem_cgroup_update_page_stat(memcg: MemCgroup | None, idx: int, val: int) -> None:
    """Count for the group that was looked up before."""
    if memcg is not None:
        __this_cpu_add(memcg.stat, idx, val)


def page_add_file_rmap(page: Page) -> None:
    """One more pte maps a file page; only the first one is counted for the group."""
    memcg = mem_cgroup_begin_page_stat(page)
    if atomic_inc_and_test(page._mapcount):
        mem_cgroup_update_page_stat(memcg, MEM_CGROUP_STAT_FILE_MAPPED, 1)


def page_remove_file_rmap(page: Page) -> None:
    memcg = mem_cgroup_begin_page_stat(page)
    if atomic_add_negative(-1, page._mapcount):
        mem_cgroup_update_page_stat(memcg, MEM_CGROUP_STAT_FILE_MAPPED, -1)


def page_remove_rmap(page: Page) -> None:
    """A pte is gone; the charge stays, for it ends with the page."""
    if not PageAnon(page):
        page_remove_file_rmap(page)
        return
    atomic_dec(page._mapcount)


def try_get_mem_cgroup_from_page(page: Page) -> MemCgroup | None:
    """Who is charged for the locked page or, if nobody is, for its swap slot; with a reference."""
    BUG_ON(not PageLocked(page))
    memcg = page.mem_cgroup
    if memcg is None and PageSwapCache(page):
        memcg = mem_cgroup_lookup(lookup_swap_cgroup(page.private))
    if memcg is not None and not css_tryget(memcg.css):
        memcg = None
    return memcg


def try_charge(memcg: MemCgroup, gfp_mask: int) -> int:
    """Take a page's worth and a reference: 0, -ENOMEM, or -EINTR for a task that dies anyway."""
    if mem_cgroup_is_root(memcg):
        return 0
    nr_retries = MEM_CGROUP_RECLAIM_RETRIES
    while True:
        mem_over_limit, noswap = mem_cgroup_charge_counters(memcg, 1)
        if mem_over_limit is None:
            break
        if current.TIF_MEMDIE or fatal_signal_pending(current):
            return -EINTR
        if gfp_mask & GFP_WAIT == 0:
            return -ENOMEM
        nr_reclaimed = mem_cgroup_hierarchical_reclaim(mem_over_limit, gfp_mask, noswap)
        if mem_cgroup_margin(mem_over_limit) >= 1 or nr_reclaimed != 0:
            continue
        if nr_retries == 0:
            if fatal_signal_pending(current):
                return -EINTR
            return -ENOMEM
        nr_retries -= 1
    css_get(memcg.css)
    return 0


def cancel_charge(memcg: MemCgroup) -> None:
    """Give back what try_charge() took."""
    if mem_cgroup_is_root(memcg):
        return
    res_counter_uncharge(memcg.res, 1)
    if do_swap_account != 0:
        res_counter_uncharge(memcg.memsw, 1)
    css_put(memcg.css)


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
    ret = try_charge(memcg, gfp_mask)
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


def mem_cgroup_migrate(oldpage: Page, newpage: Page) -> None:
    """Hand the charge of the old page over to the new one; no counter changes."""
    BUG_ON(not PageLocked(oldpage))
    BUG_ON(not PageLocked(newpage))
    BUG_ON(PageLRU(oldpage) or PageLRU(newpage))
    BUG_ON(PageAnon(oldpage) != PageAnon(newpage))
    if mem_cgroup_disabled():
        return
    if newpage.mem_cgroup is not None:
        return
    memcg = oldpage.mem_cgroup
    if memcg is None:
        return
    oldpage.mem_cgroup = None
    commit_charge(newpage, memcg, False)


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


def free_hot_cold_page(page: Page) -> None:
    """Give the page back, which must not be charged any more (mm/page_alloc.c)."""
    with atomic():
        if PageAnon(page):
            page.mapping = None
        free_pages_check(page)
        BUG_ON(page.mem_cgroup is not None)
        page.PG_uptodate = False
        page.PG_dirty = False
        page.PG_swapbacked = False
        page.PG_mappedtodisk = False
        page.private = 0
        page.PG_buddy = True


def move_to_new_page(newpage: Page, page: Page, page_was_mapped: bool) -> int:
    """Move a locked page that is mapped nowhere, hand its charge over, and map the new one."""
    locked = trylock_page(newpage)
    BUG_ON(not locked)
    newpage.index = page.index
    newpage.mapping = page.mapping
    if PageSwapBacked(page):
        SetPageSwapBacked(newpage)
    mapping = page_mapping(page)
    if mapping is None:
        rc = migrate_page(mapping, newpage, page)
    elif mapping.has_migratepage:
        rc = buffer_migrate_page(mapping, newpage, page)
    else:
        rc = fallback_migrate_page(mapping, newpage, page)
    if rc != 0:
        newpage.mapping = None
    else:
        mem_cgroup_migrate(page, newpage)
        if page_was_mapped:
            remove_migration_ptes(page, newpage)
        page.mapping = None
    unlock_page(newpage)
    return rc


def __unmap_and_move(page: Page, newpage: Page, force: bool) -> int:
    """Move the locked page; there is nothing to prepare."""
    if PageWriteback(page):
        if not force:
            return -EAGAIN
        wait_on_page_writeback(page)
    # Nothing keeps the anon_vma of an unmapped page alive (3f6c82728f4e).
    if PageAnon(page) and not page_mapped(page) and not PageSwapCache(page):
        return -EAGAIN
    rc = -EAGAIN
    page_was_mapped = False
    if page.mapping is not None and page_mapped(page):
        try_to_unmap(page, TTU_MIGRATION)
        page_was_mapped = True
    if not page_mapped(page):
        rc = move_to_new_page(newpage, page, page_was_mapped)
    if rc != 0 and page_was_mapped:
        remove_migration_ptes(page, page)
    return rc
