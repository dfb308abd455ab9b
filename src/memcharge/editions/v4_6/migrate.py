# SPDX-License-Identifier: GPL-2.0-only
"""Moving a page's contents to another page (mm/migrate.c)."""

from memcharge.editions.v2_6_34.buffer import page_has_private
from memcharge.editions.v2_6_34.migrate import (
    buffer_migrate_page,
    fallback_migrate_page,
    migrate_page,
    remove_migration_ptes,
)
from memcharge.editions.v2_6_34.rmap import TTU_MIGRATION, try_to_unmap
from memcharge.editions.v2_6_34.swap_state import page_index, page_mapping
from memcharge.editions.v4_6.memcontrol import mem_cgroup_migrate
from memcharge.kernel import *


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
