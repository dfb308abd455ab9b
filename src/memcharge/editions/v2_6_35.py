# SPDX-License-Identifier: GPL-2.0-only
"""The charge protocol as merged: the new page charged beforehand, the old one marked.

Against the posting of 2010-05-07 the mark is cleared on the old page only,
always, and under the lock.  Of what else 2.6.35 changed, an anonymous page
that nobody maps is not migrated unless it is in the swap cache, and then not
mapped again (3f6c82728f4e, 67b9509b2c68).

Compaction is new (748446bb6b5a), and FUSE takes a page from a pipe instead of
copying it (ce534fb05292).

Not included: the reference to the anon_vma, temporary stack areas skipped by
try_to_unmap(), OOM notification and waiting.
"""

from memcharge.editions.v2_6_34.cgroup import (
    cgroup_exclude_rmdir,
    cgroup_release_and_wakeup_rmdir,
    css_get,
    css_put,
)
from memcharge.editions.v2_6_34.filemap import add_to_page_cache_locked, remove_from_page_cache
from memcharge.editions.v2_6_34.memcontrol import (
    MEM_CGROUP_CHARGE_TYPE_CACHE,
    MEM_CGROUP_CHARGE_TYPE_DROP,
    MEM_CGROUP_CHARGE_TYPE_FORCE,
    MEM_CGROUP_CHARGE_TYPE_MAPPED,
    MEM_CGROUP_CHARGE_TYPE_SHMEM,
    MEM_CGROUP_CHARGE_TYPE_SWAPOUT,
    __do_uncharge,
    __mem_cgroup_commit_charge,
    __mem_cgroup_try_charge,
    lookup_page_cgroup,
    mem_cgroup_charge_statistics,
    mem_cgroup_disabled,
    mem_cgroup_is_root,
    mem_cgroup_swap_statistics,
    mem_cgroup_uncharge_page,
)
from memcharge.editions.v2_6_34.memcontrol_lru import mem_cgroup_del_lru_list
from memcharge.editions.v2_6_34.migrate import (
    buffer_migrate_page,
    fallback_migrate_page,
    migrate_page,
    migrate_pages,
    remove_migration_ptes,
)
from memcharge.editions.v2_6_34.rmap import TTU_MIGRATION, try_to_unmap
from memcharge.editions.v2_6_34.swap import lru_cache_add_lru, put_page
from memcharge.editions.v2_6_34.swap_state import page_mapping
from memcharge.editions.v2_6_34.vmscan import __isolate_lru_page
from memcharge.kernel import *

BASE = "v2_6_34"
PROVENANCE = (
    'ac39cf8cb86c ("memcg: fix mis-accounting of file mapped racy with migration") (in v2.6.35)'
)


def __mem_cgroup_uncharge_common(page: Page, ctype: int) -> MemCgroup | None:
    """Uncharge a page unless its state says that it still deserves the charge.

    The old page of a migration keeps its charge when its last pte goes.
    """
    if mem_cgroup_disabled():
        return None
    if PageSwapCache(page):
        return None
    pc = lookup_page_cgroup(page)
    if not PageCgroupUsed(pc):
        return None
    lock_page_cgroup(pc)
    mem = pc.mem_cgroup
    refused = not PageCgroupUsed(pc)
    if not refused:
        if ctype == MEM_CGROUP_CHARGE_TYPE_MAPPED or ctype == MEM_CGROUP_CHARGE_TYPE_DROP:
            refused = page_mapped(page) or PageCgroupMigration(pc)
        elif ctype == MEM_CGROUP_CHARGE_TYPE_SWAPOUT:
            if not PageAnon(page):
                refused = page.mapping is not None and not page_is_file_cache(page)
            else:
                refused = page_mapped(page)
    if refused:
        unlock_page_cgroup(pc)
        return None
    if not mem_cgroup_is_root(mem):
        __do_uncharge(mem, ctype)
    if ctype == MEM_CGROUP_CHARGE_TYPE_SWAPOUT:
        mem_cgroup_swap_statistics(mem, True)
    mem_cgroup_charge_statistics(mem, pc, False)
    ClearPageCgroupUsed(pc)
    unlock_page_cgroup(pc)
    if ctype != MEM_CGROUP_CHARGE_TYPE_SWAPOUT:
        css_put(mem.css)
    return mem


def mem_cgroup_prepare_migration(page: Page, newpage: Page) -> tuple[int, MemCgroup | None]:
    """Mark the old page if it is anonymous, and charge the new one."""
    mem: MemCgroup | None = None
    ptr: MemCgroup | None = None
    if mem_cgroup_disabled():
        return 0, ptr
    pc = lookup_page_cgroup(page)
    lock_page_cgroup(pc)
    if PageCgroupUsed(pc):
        mem = pc.mem_cgroup
        css_get(mem.css)
        # Unmapping must not uncharge it: the migration may fail, and then the
        # page is mapped again and nobody would charge it.
        if PageAnon(page):
            SetPageCgroupMigration(pc)
    unlock_page_cgroup(pc)
    if mem is None:
        return 0, ptr
    ret, ptr = __mem_cgroup_try_charge(None, GFP_KERNEL, mem, False)
    css_put(mem.css)
    if ret != 0 or ptr is None:
        if PageAnon(page):
            lock_page_cgroup(pc)
            ClearPageCgroupMigration(pc)
            unlock_page_cgroup(pc)
            # Unmapped while it was marked, it still has its charge.
            mem_cgroup_uncharge_page(page)
        return -ENOMEM, ptr
    pc = lookup_page_cgroup(newpage)
    if PageAnon(page):
        ctype = MEM_CGROUP_CHARGE_TYPE_MAPPED
    elif page_is_file_cache(page):
        ctype = MEM_CGROUP_CHARGE_TYPE_CACHE
    else:
        ctype = MEM_CGROUP_CHARGE_TYPE_SHMEM
    __mem_cgroup_commit_charge(mem, pc, ctype)
    return ret, ptr


def mem_cgroup_end_migration(mem: MemCgroup | None, oldpage: Page, newpage: Page) -> None:
    """Clear the mark and uncharge what is not used or not mapped any more."""
    if mem is None:
        return
    cgroup_exclude_rmdir(mem.css)
    # A page that was moved away has no mapping left.
    if oldpage.mapping is not None:
        used = oldpage
        unused = newpage
    else:
        used = newpage
        unused = oldpage
    pc = lookup_page_cgroup(oldpage)
    lock_page_cgroup(pc)
    ClearPageCgroupMigration(pc)
    unlock_page_cgroup(pc)
    __mem_cgroup_uncharge_common(unused, MEM_CGROUP_CHARGE_TYPE_FORCE)
    # Mapped nowhere by now, an anonymous page has no other chance.
    if PageAnon(used):
        mem_cgroup_uncharge_page(used)
    cgroup_release_and_wakeup_rmdir(mem.css)


def move_to_new_page(newpage: Page, page: Page, remap_swapcache: bool) -> int:
    """Move a locked page that is mapped nowhere, and map the new one where that is safe."""
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
    elif remap_swapcache:
        remove_migration_ptes(page, newpage)
    unlock_page(newpage)
    return rc


def __unmap_and_move(page: Page, newpage: Page, force: bool) -> int:
    """The part of unmap_and_move() that has the page locked; later kernels call it so."""
    charge, mem = mem_cgroup_prepare_migration(page, newpage)
    if charge == -ENOMEM:
        return -ENOMEM
    BUG_ON(charge != 0)
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
    if charge == 0:
        mem_cgroup_end_migration(mem, page, newpage)
    return rc


def isolate_migratepages(page: Page) -> int:
    """Take the page of the next frame, whatever it is, off the LRU; how many were taken.

    The kernel scans a block of frames and collects up to 32 pages.
    """
    taken = 0
    spin_lock(contig_zone.lru_lock)
    if not PageBuddy(page) and __isolate_lru_page(page) == 0:
        mem_cgroup_del_lru_list(page)
        taken = 1
    spin_unlock(contig_zone.lru_lock)
    return taken


def compact_zone() -> None:
    """Move what can be moved, frame by frame; who is to die stops."""
    for page in each(Page):
        if fatal_signal_pending(current):
            break
        if isolate_migratepages(page) != 0:
            migrate_pages(page)


def fuse_try_move_page(oldpage: Page, newpage: Page) -> int:
    """Put a page from a pipe into a file in place of one that is being read; both are locked.

    0 if done: then the caller has a reference to the new page for that to the
    old one, which is unlocked.  Between the two the file has no page there,
    and the new page is charged to whoever answers the request.
    """
    ClearPageMappedToDisk(newpage)
    mapping = oldpage.mapping
    index = oldpage.index
    busy = page_mapped(oldpage) or PagePrivate(oldpage)
    if WARN_ON(busy) or WARN_ON(PageDirty(oldpage) or PageWriteback(oldpage)):
        return 1
    remove_from_page_cache(oldpage)
    put_page(oldpage)
    if add_to_page_cache_locked(newpage, mapping, index, GFP_KERNEL) != 0:
        return 1
    get_page(newpage)
    lru_cache_add_lru(newpage)
    unlock_page(oldpage)
    put_page(oldpage)
    return 0
