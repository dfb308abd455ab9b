# SPDX-License-Identifier: GPL-2.0-only
"""Uncharge with the last reference, and hand a migration's charge over after the remapping.

As first posted, the rewrite of uncharging maps the new page while it is not
charged yet, as 2.6.34 did.  The old page gives its charges away but stays
marked as used until it is freed, so it must not be migrated twice; it keeps
the mapping of an anonymous page to tell its kind by then.

The mail applies to 3.16-rc1 with its series; here it stands on what became of it.
"""

from memcharge.editions.v2_6_34.memcontrol import (
    do_swap_account,
    lookup_page_cgroup,
    mem_cgroup_disabled,
    mem_cgroup_is_root,
)
from memcharge.editions.v2_6_34.migrate import (
    buffer_migrate_page,
    fallback_migrate_page,
    migrate_page,
    remove_migration_ptes,
)
from memcharge.editions.v2_6_34.res_counter import res_counter_uncharge
from memcharge.editions.v2_6_34.swap_state import page_mapping
from memcharge.editions.v3_17.memcontrol import (
    lock_page_lru,
    mem_cgroup_charge_statistics,
    mem_cgroup_uncharge_swap,
    unlock_page_lru,
)
from memcharge.kernel import *

BASE = "v3_17"
PROVENANCE = (
    "2014-06-16, Johannes Weiner, [patch 12/12] mm: memcontrol: rewrite uncharge API; mended by "
    '"migrate before re-mapping" (2014-07-07), "double migration" (2014-07-16) and "clear '
    'page->mapping in migration" (2014-07-28) before it became 0a31bc97c80c (in v3.17)'
)
REMOVED = ("uncharge_batch",)


def commit_charge(page: Page, memcg: MemCgroup, lrucare: bool) -> None:
    """Write the owner, and the charges that the page now holds, and count it."""
    isolated = False
    pc = lookup_page_cgroup(page)
    BUG_ON(PageCgroupUsed(pc))
    if lrucare:
        isolated = lock_page_lru(page)
    pc.mem_cgroup = memcg
    with atomic():
        pc.PCG_USED = True
        pc.PCG_MEM = True
        pc.PCG_MEMSW = True
    if lrucare:
        unlock_page_lru(page, isolated)
    mem_cgroup_charge_statistics(memcg, page, 1)


def mem_cgroup_commit_charge(page: Page, memcg: MemCgroup | None, lrucare: bool) -> None:
    """Make the charge that of the page, whose mapping says by now what it is."""
    BUG_ON(page.mapping is None)
    if mem_cgroup_disabled():
        return
    if memcg is None:
        return
    commit_charge(page, memcg, lrucare)
    if do_swap_account != 0 and PageSwapCache(page):
        mem_cgroup_uncharge_swap(page.private)


def mem_cgroup_uncharge(page: Page) -> None:
    """The last reference to the page is gone; it may have given its charges away."""
    BUG_ON(PageLRU(page))
    BUG_ON(page_count(page) != 0)
    if mem_cgroup_disabled():
        return
    pc = lookup_page_cgroup(page)
    if not PageCgroupUsed(pc):
        return
    memcg = pc.mem_cgroup
    mem = pc.PCG_MEM
    memsw = pc.PCG_MEMSW
    with atomic():
        pc.PCG_USED = False
        pc.PCG_MEM = False
        pc.PCG_MEMSW = False
    mem_cgroup_charge_statistics(memcg, page, -1)
    if not mem_cgroup_is_root(memcg):
        if mem:
            res_counter_uncharge(memcg.res, 1)
        if memsw:
            res_counter_uncharge(memcg.memsw, 1)


def mem_cgroup_migrate(oldpage: Page, newpage: Page, lrucare: bool) -> None:
    """Hand the charges of the old page over to the new one; both count until the old is freed."""
    BUG_ON(not PageLocked(oldpage))
    BUG_ON(not PageLocked(newpage))
    BUG_ON(not lrucare and PageLRU(oldpage))
    BUG_ON(not lrucare and PageLRU(newpage))
    BUG_ON(PageAnon(oldpage) != PageAnon(newpage))
    if mem_cgroup_disabled():
        return
    pc = lookup_page_cgroup(oldpage)
    if not PageCgroupUsed(pc):
        return
    BUG_ON(not pc.PCG_MEM)
    BUG_ON(not pc.PCG_MEMSW)
    with atomic():
        pc.PCG_MEM = False
        pc.PCG_MEMSW = False
    commit_charge(newpage, pc.mem_cgroup, lrucare)


def move_to_new_page(newpage: Page, page: Page, remap_swapcache: bool) -> int:
    """Move a locked page that is mapped nowhere, map the new one, and hand the charge over."""
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
        if not PageAnon(newpage):
            newpage.mapping = None
    else:
        if remap_swapcache:
            remove_migration_ptes(page, newpage)
        if not PageAnon(page):
            page.mapping = None
        mem_cgroup_migrate(page, newpage, False)
    unlock_page(newpage)
    return rc
