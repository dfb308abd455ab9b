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
from memcharge.editions.v3_19.memcontrol import mem_cgroup_migrate
from memcharge.kernel import *


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
        mem_cgroup_migrate(page, newpage, False)
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
