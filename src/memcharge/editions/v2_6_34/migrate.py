# SPDX-License-Identifier: GPL-2.0-only
"""Moving a page's contents to another page (mm/migrate.c).

Every pte becomes a migration entry, the reference count is frozen at its
expected value, the tree slot is switched, and the entries become ptes again.
"""

from typing import TYPE_CHECKING

from memcharge.editions.v2_6_34.buffer import page_has_private, try_to_release_page
from memcharge.editions.v2_6_34.filemap import end_page_writeback
from memcharge.editions.v2_6_34.memcontrol import (
    mem_cgroup_end_migration,
    mem_cgroup_prepare_migration,
)
from memcharge.editions.v2_6_34.page_alloc import alloc_page
from memcharge.editions.v2_6_34.rmap import (
    TTU_MIGRATION,
    page_add_anon_rmap,
    page_add_file_rmap,
    rmap_walk,
    try_to_unmap,
)
from memcharge.editions.v2_6_34.swap import put_page
from memcharge.editions.v2_6_34.swap_state import page_index, page_mapping
from memcharge.editions.v2_6_34.vmscan import isolate_lru_page, putback_lru_page
from memcharge.kernel import *

if TYPE_CHECKING:
    from memcharge.editions.v2_6_34.fork import mmput
    from memcharge.editions.v2_6_34.memory import follow_page

MIGRATE_PASSES = 10


def remove_migration_pte(new: Page, vma: VmAreaStruct, old: Page) -> int:
    """Make a migration entry for `old` a pte for `new`."""
    if pte_none(vma.pte) or pte_present(vma.pte):
        return SWAP_AGAIN
    spin_lock(vma.ptl)
    pte = vma.pte
    if is_migration_entry(pte) and migration_entry_to_page(pte) is old:
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


def remove_migration_ptes(old: Page, new: Page) -> None:
    """Do so wherever `new` may be mapped; `old` and `new` are the same after a failure."""
    rmap_walk(new, old)


def migration_entry_wait(vma: VmAreaStruct) -> None:
    """A fault met a migration entry: wait until the page is unlocked, then fault again.

    The reference that this holds is one that migration does not expect.
    """
    spin_lock(vma.ptl)
    pte = vma.pte
    if not is_migration_entry(pte):
        spin_unlock(vma.ptl)
        return
    page = migration_entry_to_page(pte)
    taken = get_page_unless_zero(page)
    spin_unlock(vma.ptl)
    if taken:
        wait_on_page_locked(page)
        put_page(page)


def migrate_page_move_mapping(mapping: AddressSpace | None, newpage: Page, page: Page) -> int:
    """Switch the tree slot if nobody else refers to the page; 0 or -EAGAIN.

    Expected are the caller's reference, the tree's, and that of buffers.
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
    if not page_freeze_refs(page, expected_count):
        spin_unlock(mapping.tree_lock)
        return -EAGAIN
    get_page(newpage)
    if PageSwapCache(page):
        SetPageSwapCache(newpage)
        newpage.private = page.private
    mapping.page_tree[slot] = newpage
    page_unfreeze_refs(page, expected_count)
    # The tree's reference; the caller's keeps this from being the last.
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


def migrate_page(mapping: AddressSpace | None, newpage: Page, page: Page) -> int:
    """Move a page that has no private data; both are locked."""
    BUG_ON(PageWriteback(page))
    rc = migrate_page_move_mapping(mapping, newpage, page)
    if rc != 0:
        return rc
    migrate_page_copy(newpage, page)
    return 0


def buffer_migrate_page(mapping: AddressSpace, newpage: Page, page: Page) -> int:
    """Move a page together with its buffers, if it has any."""
    if not PagePrivate(page):
        return migrate_page(mapping, newpage, page)
    rc = migrate_page_move_mapping(mapping, newpage, page)
    if rc != 0:
        return rc
    ClearPagePrivate(page)
    put_page(page)
    get_page(newpage)
    SetPagePrivate(newpage)
    migrate_page_copy(newpage, page)
    return 0


def writeout(mapping: AddressSpace, page: Page) -> int:
    """Write a dirty page back, for another attempt; the page lock is lost meanwhile."""
    if not TestClearPageDirty(page):
        return -EAGAIN
    remove_migration_ptes(page, page)
    SetPageWriteback(page)
    unlock_page(page)
    end_page_writeback(page)
    lock_page(page)
    return -EAGAIN


def fallback_migrate_page(mapping: AddressSpace, newpage: Page, page: Page) -> int:
    """For file systems that do not move pages themselves."""
    if PageDirty(page):
        return writeout(mapping, page)
    if PagePrivate(page) and not try_to_release_page(page, GFP_KERNEL):
        return -EAGAIN
    return migrate_page(mapping, newpage, page)


def move_to_new_page(newpage: Page, page: Page) -> int:
    """Move a locked page that is mapped nowhere, and map the new one.

    The new page is locked here, before it can be found, and unlocked here,
    after it is mapped again.
    """
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
            rc = move_to_new_page(newpage, page)
        if rc != 0:
            remove_migration_ptes(page, page)
    if charge == 0:
        mem_cgroup_end_migration(mem, page, newpage)
    return rc


def unmap_and_move(page: Page, force: bool) -> tuple[int, bool]:
    """Try once to move a page; also whether it is still on the caller's list.

    After -EAGAIN it is, for another try; so is a page that was freed by
    everybody else before, and one for which there is no new page.
    """
    newpage = alloc_page(GFP_KERNEL)
    if newpage is None:
        return -ENOMEM, True
    rc = 0
    listed = True
    if page_count(page) != 1:
        rc = -EAGAIN
        locked = trylock_page(page)
        if not locked and force:
            lock_page(page)
            locked = True
        if locked:
            rc = __unmap_and_move(page, newpage, force)
            unlock_page(page)
            if rc != -EAGAIN:
                listed = False
                putback_lru_page(page)
    # After a failure this is the last reference and frees the new page.
    putback_lru_page(newpage)
    return rc, listed


def migrate_pages(page: Page) -> int:
    """Move the isolated page, in up to ten passes; 0 or why not.

    The kernel's list of pages has one element here.
    """
    rc = -EAGAIN
    listed = True
    attempt = 0
    while attempt < MIGRATE_PASSES and rc == -EAGAIN:
        rc, listed = unmap_and_move(page, attempt > 2)
        attempt += 1
    if listed:
        putback_lru_page(page)
    return rc


def do_move_page_to_node_array(vma: VmAreaStruct) -> None:
    """Move the page that the area maps, for sys_move_pages().

    The address space is kept meanwhile, and nobody can change its areas.
    """
    mm = vma.vm_mm
    if not atomic_inc_not_zero(mm.mm_users):
        return
    down_read(mm.mmap_sem)
    isolated = False
    page = follow_page(vma)
    if page is not None:
        isolated = isolate_lru_page(page) == 0
        put_page(page)
    if page is not None and isolated:
        migrate_pages(page)
    up_read(mm.mmap_sem)
    mmput(mm)
