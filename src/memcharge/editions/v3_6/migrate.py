# SPDX-License-Identifier: GPL-2.0-only
"""Moving a page to another frame (mm/migrate.c)."""

from memcharge.editions.v2_6_34.migrate import remove_migration_ptes
from memcharge.editions.v2_6_34.rmap import TTU_MIGRATION, try_to_unmap
from memcharge.editions.v2_6_35 import move_to_new_page
from memcharge.editions.v3_6.memcontrol import (
    mem_cgroup_end_migration,
    mem_cgroup_prepare_migration,
)
from memcharge.kernel import *


def __unmap_and_move(page: Page, newpage: Page, force: bool) -> int:
    """Move the locked page; preparing cannot fail any more."""
    mem = mem_cgroup_prepare_migration(page, newpage)
    rc = -EAGAIN
    remap_swapcache = True
    writeback = PageWriteback(page)
    if writeback and force:
        wait_on_page_writeback(page)
    leave = writeback and not force
    if not leave and PageAnon(page) and not page_mapped(page):
        # Nothing keeps the anon_vma of an unmapped page alive (3f6c82728f4e).
        if PageSwapCache(page):
            remap_swapcache = False
        else:
            leave = True
    if not leave:
        if page.mapping is not None:
            try_to_unmap(page, TTU_MIGRATION)
        if not page_mapped(page):
            rc = move_to_new_page(newpage, page, remap_swapcache)
        if rc != 0 and remap_swapcache:
            remove_migration_ptes(page, page)
    mem_cgroup_end_migration(mem, page, newpage, rc == 0)
    return rc
