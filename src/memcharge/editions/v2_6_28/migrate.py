# SPDX-License-Identifier: GPL-2.0-only
"""Moving a page, and charging it again if that fails (mm/migrate.c)."""

from memcharge.editions.v2_6_28.memcontrol import (
    mem_cgroup_charge,
    mem_cgroup_end_migration,
    mem_cgroup_prepare_migration,
)
from memcharge.editions.v2_6_29 import page_add_file_rmap
from memcharge.editions.v2_6_34.memcontrol import mem_cgroup_uncharge_cache_page
from memcharge.editions.v2_6_34.migrate import move_to_new_page, remove_migration_ptes
from memcharge.editions.v2_6_34.page_alloc import alloc_page
from memcharge.editions.v2_6_34.rmap import TTU_MIGRATION, page_add_anon_rmap, try_to_unmap
from memcharge.editions.v2_6_34.vmscan import putback_lru_page
from memcharge.kernel import *


def remove_migration_pte(new: Page, vma: VmAreaStruct, old: Page) -> int:
    """Make a migration entry for `old` a pte for `new`.

    After a failure that is the old page, which may have lost its charge.
    Whether it gets a new one is not asked.
    """
    if pte_none(vma.pte) or pte_present(vma.pte):
        return SWAP_AGAIN
    spin_lock(vma.ptl)
    pte = vma.pte
    if is_migration_entry(pte) and migration_entry_to_page(pte) is old:
        mem_cgroup_charge(new, vma.vm_mm, GFP_ATOMIC)
        get_page(new)
        restored = mk_pte(new)
        if is_write_migration_entry(pte):
            restored = pte_mkwrite(restored)
        vma.pte = restored
        if PageAnon(new):
            page_add_anon_rmap(new, vma)
        else:
            page_add_file_rmap(new)
    spin_unlock(vma.ptl)
    return SWAP_AGAIN


def migrate_page_copy(newpage: Page, page: Page) -> None:
    """Carry the flags over, forget the old page's place, and uncharge it if it was a file's."""
    if PageUptodate(page):
        SetPageUptodate(newpage)
    if PageMappedToDisk(page):
        SetPageMappedToDisk(newpage)
    if TestClearPageDirty(page):
        SetPageDirty(newpage)
    ClearPageSwapCache(page)
    page.private = 0
    anon = PageAnon(page)
    page.mapping = None
    if not anon:
        mem_cgroup_uncharge_cache_page(page)


def unmap_and_move(page: Page, force: bool) -> tuple[int, bool]:
    """Try once to move a page; also whether it is still on the caller's list."""
    newpage = alloc_page(GFP_KERNEL)
    if newpage is None:
        return -ENOMEM, True
    if page_count(page) == 1:
        putback_lru_page(newpage)
        return 0, True
    if mem_cgroup_prepare_migration(page, newpage) == -ENOMEM:
        putback_lru_page(newpage)
        return -ENOMEM, True
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
            try_to_unmap(page, TTU_MIGRATION)
            if not page_mapped(page):
                rc = move_to_new_page(newpage, page)
            if rc != 0:
                remove_migration_ptes(page, page)
        unlock_page(page)
        if rc != -EAGAIN:
            listed = False
            putback_lru_page(page)
    mem_cgroup_end_migration(newpage)
    putback_lru_page(newpage)
    return rc, listed
