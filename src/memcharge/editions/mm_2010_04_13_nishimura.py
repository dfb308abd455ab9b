# SPDX-License-Identifier: GPL-2.0-only
"""Call end_migration() before the new page is mapped, if the migration worked.

The first answer to the lost FILE_MAPPED: the charge is committed while the new
page is still locked and unmapped, so the first mapping finds it charged.  An
anonymous page looks like one unmapped for good at that moment.

The mail applies to mmotm 2010-04-05; here it stands on 2.6.34.
"""

from memcharge.editions.v2_6_34.memcontrol import (
    mem_cgroup_end_migration,
    mem_cgroup_prepare_migration,
)
from memcharge.editions.v2_6_34.migrate import (
    buffer_migrate_page,
    fallback_migrate_page,
    migrate_page,
    remove_migration_ptes,
)
from memcharge.editions.v2_6_34.rmap import TTU_MIGRATION, try_to_unmap
from memcharge.editions.v2_6_34.swap_state import page_mapping
from memcharge.kernel import *

BASE = "v2_6_34"
PROVENANCE = (
    "2010-04-13, Daisuke Nishimura, [RFC][BUGFIX][PATCH] memcg: fix underflow of mapped_file stat"
)


def move_to_new_page(newpage: Page, page: Page, mem: MemCgroup | None) -> int:
    """Move a locked page that is mapped nowhere, commit its charge, and map the new one."""
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
        mem_cgroup_end_migration(mem, page, newpage)
        remove_migration_ptes(page, newpage)
    else:
        newpage.mapping = None
    unlock_page(newpage)
    return rc


def __unmap_and_move(page: Page, newpage: Page, force: bool) -> int:
    """The part of unmap_and_move() that has the page locked; later kernels call it so."""
    charge, mem = mem_cgroup_prepare_migration(page)
    if charge == -ENOMEM:
        return -ENOMEM
    BUG_ON(charge != 0)
    rc = -EAGAIN
    writeback = PageWriteback(page)
    if writeback and force:
        wait_on_page_writeback(page)
    if not writeback or force:
        # A page of no mapping is in the swap cache only, and mapped nowhere.
        if page.mapping is not None:
            try_to_unmap(page, TTU_MIGRATION)
        if not page_mapped(page):
            rc = move_to_new_page(newpage, page, mem)
        if rc != 0:
            remove_migration_ptes(page, page)
    # After a success it was called already.
    if rc != 0:
        mem_cgroup_end_migration(mem, page, newpage)
    return rc
