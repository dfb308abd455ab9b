# SPDX-License-Identifier: GPL-2.0-only
"""Moving a page that keeps its page_cgroup (mm/migrate.c)."""

from memcharge.editions.v2_6_26.memcontrol import (
    mem_cgroup_end_migration,
    mem_cgroup_page_migration,
    mem_cgroup_prepare_migration,
)
from memcharge.editions.v2_6_34.buffer import page_has_private
from memcharge.editions.v2_6_34.migrate import (
    buffer_migrate_page,
    fallback_migrate_page,
    migrate_page,
    remove_migration_ptes,
)
from memcharge.editions.v2_6_34.page_alloc import alloc_page
from memcharge.editions.v2_6_34.rmap import TTU_MIGRATION, try_to_unmap
from memcharge.editions.v2_6_34.swap_state import page_index, page_mapping
from memcharge.editions.v2_6_34.vmscan import putback_lru_page
from memcharge.kernel import *


def migrate_page_move_mapping(mapping: AddressSpace | None, newpage: Page, page: Page) -> int:
    """Switch the tree slot if nobody else refers to the page; 0 or -EAGAIN.

    Who looks the page up takes the tree's lock, so no count need be frozen.
    """
    if mapping is None:
        if page_count(page) != 1:
            return -EAGAIN
        return 0
    spin_lock(mapping.tree_lock)
    slot = page_index(page)
    expected_count = 2 + page_has_private(page)
    if page_count(page) != expected_count or mapping.page_tree[slot] is not page:
        spin_unlock(mapping.tree_lock)
        return -EAGAIN
    get_page(newpage)
    if PageSwapCache(page):
        SetPageSwapCache(newpage)
        newpage.private = page.private
    mapping.page_tree[slot] = newpage
    atomic_dec(page._count)
    spin_unlock(mapping.tree_lock)
    return 0


def migrate_page_copy(newpage: Page, page: Page) -> None:
    """Carry the flags over and forget the old page's place."""
    if PageUptodate(page):
        SetPageUptodate(newpage)
    if PageMappedToDisk(page):
        SetPageMappedToDisk(newpage)
    if TestClearPageDirty(page):
        SetPageDirty(newpage)
    ClearPageSwapCache(page)
    page.private = 0
    page.mapping = None


def move_to_new_page(newpage: Page, page: Page) -> int:
    """Move a locked page that is mapped nowhere, attach its page_cgroup, and map the new one."""
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
    if rc == 0:
        mem_cgroup_page_migration(page, newpage)
        remove_migration_ptes(page, newpage)
    else:
        newpage.mapping = None
    unlock_page(newpage)
    return rc


def unmap_and_move(page: Page, force: bool) -> tuple[int, bool]:
    """Try once to move a page; also whether it is still on the caller's list."""
    newpage = alloc_page(GFP_KERNEL)
    if newpage is None:
        return -ENOMEM, True
    if page_count(page) == 1:
        putback_lru_page(newpage)
        return 0, True
    rc = -EAGAIN
    listed = True
    locked = trylock_page(page)
    if not locked and force:
        lock_page(page)
        locked = True
    if locked:
        writeback = PageWriteback(page)
        if writeback and force:
            wait_on_page_writeback(page)
        if (not writeback or force) and page.mapping is not None:
            charge = mem_cgroup_prepare_migration(page)
            try_to_unmap(page, TTU_MIGRATION)
            if not page_mapped(page):
                rc = move_to_new_page(newpage, page)
            if rc != 0:
                remove_migration_ptes(page, page)
            if charge:
                mem_cgroup_end_migration(page if rc != 0 else newpage)
        unlock_page(page)
        if rc != -EAGAIN:
            listed = False
            putback_lru_page(page)
    putback_lru_page(newpage)
    return rc, listed
