# SPDX-License-Identifier: GPL-2.0-only
"""A migration charges the new page beyond the limit and lets the old one keep its charge.

So the owner of a page that lives never changes; the old page is uncharged when
it is freed, as any other.  The charge is made where the tree changes, under the
lock of the new page, which is taken before the old one is unmapped.  A dying
task charges its group beyond the limit as well.

Not included: what v3_17 leaves out, and the counters of the unified hierarchy.
"""

from memcharge.editions.v2_6_34.buffer import page_has_private
from memcharge.editions.v2_6_34.cgroup import css_get, css_put
from memcharge.editions.v2_6_34.memcontrol import (
    MEM_CGROUP_RECLAIM_RETRIES,
    do_swap_account,
    mem_cgroup_disabled,
    mem_cgroup_is_root,
)
from memcharge.editions.v2_6_34.memcontrol_reclaim import mem_cgroup_hierarchical_reclaim
from memcharge.editions.v2_6_34.migrate import (
    buffer_migrate_page,
    fallback_migrate_page,
    migrate_page,
    remove_migration_ptes,
)
from memcharge.editions.v2_6_34.rmap import TTU_MIGRATION, try_to_unmap
from memcharge.editions.v2_6_34.swap_state import page_index, page_mapping
from memcharge.editions.v3_4.memcontrol import mem_cgroup_margin
from memcharge.editions.v3_17.memcontrol import (
    get_mem_cgroup_from_mm,
    mem_cgroup_charge_counters,
    mem_cgroup_charge_statistics,
)
from memcharge.editions.v3_19 import commit_charge, try_get_mem_cgroup_from_page
from memcharge.kernel import *
from memcharge.kernel import __this_cpu_add

BASE = "v3_19"
PROVENANCE = (
    '6a93ca8fde3c ("mm: migrate: do not touch page->mem_cgroup of live pages") (in v4.6), read '
    'there; ids not verified: 42cb14b110a5 ("mm: migrate dirty page without '
    'clear_page_dirty_for_io etc") and 7db7671f835c ("mm: page migration trylock newpage at same '
    'level as oldpage") (in v4.4), 62cccb8c8e7a ("mm: simplify lock_page_memcg()") (in v4.6)'
)
REMOVED = ("mem_cgroup_begin_page_stat",)


def mem_cgroup_update_page_stat(page: Page, idx: int, val: int) -> None:
    """Count for the group of the page, whose owner does not change: nothing moves charges here."""
    memcg = page.mem_cgroup
    if memcg is not None:
        __this_cpu_add(memcg.stat, idx, val)


def page_add_file_rmap(page: Page) -> None:
    """One more pte maps a file page; only the first one is counted for the group."""
    if atomic_inc_and_test(page._mapcount):
        mem_cgroup_update_page_stat(page, MEM_CGROUP_STAT_FILE_MAPPED, 1)


def page_remove_file_rmap(page: Page) -> None:
    if atomic_add_negative(-1, page._mapcount):
        mem_cgroup_update_page_stat(page, MEM_CGROUP_STAT_FILE_MAPPED, -1)


def page_counter_charge(counter: ResCounter, nr_pages: int) -> None:
    """Add to the usage here and above, whatever the limits are (mm/page_counter.c)."""
    c: ResCounter | None = counter
    while c is not None:
        with atomic():
            c.usage += nr_pages
        c = c.parent


def mem_cgroup_force_charge(memcg: MemCgroup) -> None:
    """Charge a page beyond the limit, with a reference; the kernel writes it twice."""
    page_counter_charge(memcg.res, 1)
    if do_swap_account != 0:
        page_counter_charge(memcg.memsw, 1)
    css_get(memcg.css)


def try_charge(memcg: MemCgroup, gfp_mask: int) -> int:
    """Take a page's worth and a reference: 0 or -ENOMEM; who dies anyway is not kept from it."""
    if mem_cgroup_is_root(memcg):
        return 0
    nr_retries = MEM_CGROUP_RECLAIM_RETRIES
    while True:
        mem_over_limit, noswap = mem_cgroup_charge_counters(memcg, 1)
        if mem_over_limit is None:
            break
        if current.TIF_MEMDIE or fatal_signal_pending(current):
            mem_cgroup_force_charge(memcg)
            return 0
        if gfp_mask & GFP_WAIT == 0:
            return -ENOMEM
        nr_reclaimed = mem_cgroup_hierarchical_reclaim(mem_over_limit, gfp_mask, noswap)
        if mem_cgroup_margin(mem_over_limit) >= 1 or nr_reclaimed != 0:
            continue
        if nr_retries == 0:
            if fatal_signal_pending(current):
                mem_cgroup_force_charge(memcg)
                return 0
            return -ENOMEM
        nr_retries -= 1
    css_get(memcg.css)
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
    ret = try_charge(memcg, gfp_mask)
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
    mem_cgroup_force_charge(memcg)
    commit_charge(newpage, memcg, True)
    mem_cgroup_charge_statistics(memcg, newpage, 1)


def migrate_page_move_mapping(mapping: AddressSpace | None, newpage: Page, page: Page) -> int:
    """Switch the tree slot if nobody else refers to the page, and charge; 0 or -EAGAIN."""
    expected_count = 1
    if mapping is None:
        if page_count(page) != expected_count:
            return -EAGAIN
        newpage.index = page.index
        newpage.mapping = page.mapping
        if PageSwapBacked(page):
            SetPageSwapBacked(newpage)
        mem_cgroup_migrate(page, newpage)
        return 0
    spin_lock(mapping.tree_lock)
    slot = page_index(page)
    expected_count += 1 + page_has_private(page)
    if page_count(page) != expected_count or mapping.page_tree[slot] is not page:
        spin_unlock(mapping.tree_lock)
        return -EAGAIN
    if not page_freeze_refs(page, expected_count):
        spin_unlock(mapping.tree_lock)
        return -EAGAIN
    newpage.index = page.index
    newpage.mapping = page.mapping
    if PageSwapBacked(page):
        SetPageSwapBacked(newpage)
    get_page(newpage)
    if PageSwapCache(page):
        SetPageSwapCache(newpage)
        newpage.private = page.private
    # Nobody can make it dirty while the count is frozen.
    if PageDirty(page):
        ClearPageDirty(page)
        SetPageDirty(newpage)
    mapping.page_tree[slot] = newpage
    page_unfreeze_refs(page, expected_count - 1)
    spin_unlock(mapping.tree_lock)
    mem_cgroup_migrate(page, newpage)
    return 0


def migrate_page_copy(newpage: Page, page: Page) -> None:
    """Carry the flags over."""
    if PageUptodate(page):
        SetPageUptodate(newpage)
    if PageMappedToDisk(page):
        SetPageMappedToDisk(newpage)
    # A page without a mapping has not moved this yet.
    if PageDirty(page):
        SetPageDirty(newpage)
    if PageSwapCache(page):
        ClearPageSwapCache(page)
    page.private = 0


def move_to_new_page(newpage: Page, page: Page) -> int:
    """Move a locked page that is mapped nowhere to another locked page.

    The old page has to be known for an anonymous one until it is uncharged.
    """
    BUG_ON(not PageLocked(page))
    BUG_ON(not PageLocked(newpage))
    mapping = page_mapping(page)
    if mapping is None:
        rc = migrate_page(mapping, newpage, page)
    elif mapping.has_migratepage:
        rc = buffer_migrate_page(mapping, newpage, page)
    else:
        rc = fallback_migrate_page(mapping, newpage, page)
    if rc == 0 and not PageAnon(page):
        page.mapping = None
    return rc


def __unmap_and_move(page: Page, newpage: Page, force: bool) -> int:
    """Move the locked page, and map the new one before that is unlocked."""
    if PageWriteback(page):
        if not force:
            return -EAGAIN
        wait_on_page_writeback(page)
    # Whoever had this frame before may still hold its lock for a moment.
    if not trylock_page(newpage):
        return -EAGAIN
    rc = -EAGAIN
    page_was_mapped = False
    if page.mapping is not None and page_mapped(page):
        try_to_unmap(page, TTU_MIGRATION)
        page_was_mapped = True
    if not page_mapped(page):
        rc = move_to_new_page(newpage, page)
    if page_was_mapped:
        if rc == 0:
            remove_migration_ptes(page, newpage)
        else:
            remove_migration_ptes(page, page)
    unlock_page(newpage)
    return rc
