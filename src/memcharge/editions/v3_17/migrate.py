# SPDX-License-Identifier: GPL-2.0-only
"""Moving a page's contents to another page (mm/migrate.c)."""

from memcharge.editions.v2_6_34.migrate import (
    buffer_migrate_page,
    fallback_migrate_page,
    migrate_page,
    remove_migration_ptes,
)
from memcharge.editions.v2_6_34.rmap import TTU_MIGRATION, try_to_unmap
from memcharge.editions.v2_6_34.swap_state import page_mapping
from memcharge.editions.v3_17.memcontrol import mem_cgroup_migrate
from memcharge.kernel import *


def migrate_page_copy(newpage: Page, page: Page) -> None:
    """Carry the flags over; the old page keeps its mapping until its charge is moved."""
    if PageUptodate(page):
        SetPageUptodate(newpage)
    if PageMappedToDisk(page):
        SetPageMappedToDisk(newpage)
    if TestClearPageDirty(page):
        SetPageDirty(newpage)
    ClearPageSwapCache(page)
    page.private = 0


def move_to_new_page(newpage: Page, page: Page, remap_swapcache: bool) -> int:
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
        mem_cgroup_migrate(page, newpage, False)
        if remap_swapcache:
            remove_migration_ptes(page, newpage)
        page.mapping = None
    unlock_page(newpage)
    return rc


def __unmap_and_move(page: Page, newpage: Page, force: bool) -> int:
    """Move the locked page; there is nothing to prepare."""
    remap_swapcache = True
    if PageWriteback(page):
        if not force:
            return -EAGAIN
        wait_on_page_writeback(page)
    if PageAnon(page) and not page_mapped(page):
        # Nothing keeps the anon_vma of an unmapped page alive (3f6c82728f4e).
        if not PageSwapCache(page):
            return -EAGAIN
        remap_swapcache = False
    rc = -EAGAIN
    if page.mapping is not None:
        try_to_unmap(page, TTU_MIGRATION)
    if not page_mapped(page):
        rc = move_to_new_page(newpage, page, remap_swapcache)
    if rc != 0 and remap_swapcache:
        remove_migration_ptes(page, page)
    return rc
