# SPDX-License-Identifier: GPL-2.0-only
"""Moving a folio's contents to another folio (mm/migrate.c).

First the old folio is unmapped, then it is moved, in several tries during which
both stay locked and nobody can map the old one.
"""

from memcharge.editions.v2_6_34.buffer import page_has_private, try_to_release_page
from memcharge.editions.v2_6_34.migrate import remove_migration_ptes, writeout
from memcharge.editions.v2_6_34.page_alloc import alloc_page
from memcharge.editions.v2_6_34.rmap import TTU_MIGRATION, try_to_unmap
from memcharge.editions.v2_6_34.swap import lru_cache_add_lru, put_page
from memcharge.editions.v2_6_34.swap_state import page_index, page_mapping
from memcharge.editions.v2_6_34.vmscan import putback_lru_page
from memcharge.editions.v6_6.memcontrol import mem_cgroup_migrate
from memcharge.kernel import *

NR_MAX_MIGRATE_ASYNC_RETRY = 3
NR_MAX_MIGRATE_SYNC_RETRY = 7


def folio_migrate_mapping(mapping: AddressSpace | None, newfolio: Page, folio: Page) -> int:
    """Switch the tree slot if nobody else refers to the folio; 0 or -EAGAIN."""
    expected_count = 1
    if mapping is None:
        if page_count(folio) != expected_count:
            return -EAGAIN
        newfolio.index = folio.index
        newfolio.mapping = folio.mapping
        if PageSwapBacked(folio):
            SetPageSwapBacked(newfolio)
        return 0
    expected_count += 1 + page_has_private(folio)
    spin_lock(mapping.tree_lock)
    if not page_freeze_refs(folio, expected_count):
        spin_unlock(mapping.tree_lock)
        return -EAGAIN
    newfolio.index = folio.index
    newfolio.mapping = folio.mapping
    get_page(newfolio)
    if PageSwapBacked(folio):
        SetPageSwapBacked(newfolio)
    if PageSwapCache(folio):
        SetPageSwapCache(newfolio)
        newfolio.private = folio.private
    if PageDirty(folio):
        ClearPageDirty(folio)
        SetPageDirty(newfolio)
    mapping.page_tree[page_index(folio)] = newfolio
    page_unfreeze_refs(folio, expected_count - 1)
    spin_unlock(mapping.tree_lock)
    return 0


def folio_migrate_flags(newfolio: Page, folio: Page) -> None:
    """Carry the flags over and, last, the charge."""
    if PageUptodate(folio):
        SetPageUptodate(newfolio)
    if PageMappedToDisk(folio):
        SetPageMappedToDisk(newfolio)
    if PageDirty(folio):
        SetPageDirty(newfolio)
    if PageSwapCache(folio):
        ClearPageSwapCache(folio)
    folio.private = 0
    mem_cgroup_migrate(folio, newfolio)


def migrate_folio(mapping: AddressSpace | None, dst: Page, src: Page) -> int:
    """Move a folio that has no private data; both are locked."""
    BUG_ON(PageWriteback(src))
    rc = folio_migrate_mapping(mapping, dst, src)
    if rc == 0:
        folio_migrate_flags(dst, src)
    return rc


def buffer_migrate_page(mapping: AddressSpace, newpage: Page, page: Page) -> int:
    """Move a folio together with its buffers, if it has any; now buffer_migrate_folio()."""
    if not PagePrivate(page):
        return migrate_folio(mapping, newpage, page)
    rc = folio_migrate_mapping(mapping, newpage, page)
    if rc != 0:
        return rc
    ClearPagePrivate(page)
    put_page(page)
    get_page(newpage)
    SetPagePrivate(newpage)
    folio_migrate_flags(newpage, page)
    return 0


def fallback_migrate_page(mapping: AddressSpace, newpage: Page, page: Page, sync: bool) -> int:
    """For file systems that do not move folios themselves; now fallback_migrate_folio().

    Who may not wait does not write, and does not try again.
    """
    if PageDirty(page):
        if not sync:
            return -EBUSY
        return writeout(mapping, page)
    if PagePrivate(page) and not try_to_release_page(page, GFP_KERNEL):
        return -EAGAIN if sync else -EBUSY
    return migrate_folio(mapping, newpage, page)


def move_to_new_folio(dst: Page, src: Page, sync: bool) -> int:
    """Move a locked folio that is mapped nowhere to another locked one."""
    BUG_ON(not PageLocked(src))
    BUG_ON(not PageLocked(dst))
    mapping = page_mapping(src)
    if mapping is None:
        rc = migrate_folio(mapping, dst, src)
    elif mapping.has_migratepage:
        rc = buffer_migrate_page(mapping, dst, src)
    else:
        rc = fallback_migrate_page(mapping, dst, src, sync)
    if rc == 0 and not PageAnon(src):
        src.mapping = None
    return rc


def migrate_folio_undo_src(src: Page, page_was_mapped: bool, locked: bool) -> None:
    if page_was_mapped:
        remove_migration_ptes(src, src)
    if locked:
        unlock_page(src)


def migrate_folio_undo_dst(dst: Page, locked: bool) -> None:
    if locked:
        unlock_page(dst)
    put_page(dst)


def migrate_folio_unmap(src: Page, sync: bool) -> tuple[int, Page | None, bool]:
    """Unmap the folio: 0, the new one and whether it was mapped, both locked; or an error."""
    dst = alloc_page(GFP_KERNEL)
    if dst is None:
        return -ENOMEM, None, False
    rc = -EAGAIN
    locked = trylock_page(src)
    if not locked and sync:
        lock_page(src)
        locked = True
    dst_locked = False
    page_was_mapped = False
    if locked:
        busy = PageWriteback(src)
        if busy and sync:
            wait_on_page_writeback(src)
            busy = False
        if busy:
            rc = -EBUSY
        else:
            dst_locked = trylock_page(dst)
    if dst_locked:
        if src.mapping is not None and page_mapped(src):
            try_to_unmap(src, TTU_MIGRATION)
            page_was_mapped = True
        if not page_mapped(src):
            return 0, dst, page_was_mapped
    migrate_folio_undo_src(src, page_was_mapped, locked)
    migrate_folio_undo_dst(dst, dst_locked)
    return rc, None, False


def migrate_folio_move(src: Page, dst: Page, page_was_mapped: bool, sync: bool) -> int:
    """Move what was unmapped, and map the new folio, which is on the LRU by then.

    After -EAGAIN all is as before, for another try.
    """
    rc = move_to_new_folio(dst, src, sync)
    if rc == -EAGAIN:
        return rc
    if rc != 0:
        migrate_folio_undo_src(src, page_was_mapped, True)
        migrate_folio_undo_dst(dst, True)
        return rc
    lru_cache_add_lru(dst)
    if page_was_mapped:
        remove_migration_ptes(src, dst)
    unlock_page(dst)
    put_page(dst)
    unlock_page(src)
    # The isolation's reference, as a rule the last one.
    put_page(src)
    return rc


def migrate_pages_batch(src: Page, sync: bool, nr_pass: int) -> int:
    """Unmap and move, each in up to `nr_pass` tries; the kernel's list has one folio here."""
    if page_count(src) == 1:
        # Freed by everybody else.
        put_page(src)
        return 0
    rc = -EAGAIN
    dst: Page | None = None
    page_was_mapped = False
    tries = 0
    while tries < nr_pass and rc == -EAGAIN:
        rc, dst, page_was_mapped = migrate_folio_unmap(src, sync)
        tries += 1
    if rc != 0:
        return rc
    rc = -EAGAIN
    tries = 0
    while tries < nr_pass and rc == -EAGAIN:
        rc = migrate_folio_move(src, dst, page_was_mapped, sync)
        tries += 1
    if rc == -EAGAIN:
        migrate_folio_undo_src(src, page_was_mapped, True)
        migrate_folio_undo_dst(dst, True)
    return rc


def migrate_pages(page: Page) -> int:
    """Move the isolated folio, at first without waiting for anybody; 0 or why not."""
    rc = migrate_pages_batch(page, False, NR_MAX_MIGRATE_ASYNC_RETRY)
    if rc == -EAGAIN or rc == -EBUSY:
        rc = migrate_pages_batch(page, True, NR_MAX_MIGRATE_SYNC_RETRY)
    if rc != 0:
        putback_lru_page(page)
    return rc
