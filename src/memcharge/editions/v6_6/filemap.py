# SPDX-License-Identifier: GPL-2.0-only
"""The page cache (mm/filemap.c), truncation (mm/truncate.c), freeing by reclaim (mm/vmscan.c)."""

from memcharge.editions.v2_6_34.buffer import block_invalidatepage
from memcharge.editions.v2_6_34.page_alloc import free_pages_check
from memcharge.editions.v2_6_34.radix_tree import radix_tree_preload
from memcharge.editions.v2_6_34.swap import lru_cache_add_lru, put_page
from memcharge.editions.v2_6_34.swap_state import __delete_from_swap_cache
from memcharge.editions.v3_17.swap_state import swapcache_free
from memcharge.editions.v6_6.memcontrol import (
    __lruvec_stat_mod_folio,
    mem_cgroup_charge,
    mem_cgroup_migrate,
    mem_cgroup_swapout,
    mem_cgroup_uncharge,
)
from memcharge.kernel import *


def __filemap_add_folio(mapping: AddressSpace, folio: Page, index: int, gfp: int) -> int:
    """Charge the locked folio and put it into the tree; 0, -ENOMEM or -EEXIST."""
    error = mem_cgroup_charge(folio, None, gfp)
    if error != 0:
        return error
    get_page(folio)
    folio.mapping = mapping
    folio.index = index
    error = radix_tree_preload(gfp)
    if error == 0:
        spin_lock(mapping.tree_lock)
        if mapping.page_tree[index] is None:
            mapping.page_tree[index] = folio
            mapping.nrpages += 1
            __lruvec_stat_mod_folio(folio, MEM_CGROUP_STAT_CACHE, 1)
        else:
            error = -EEXIST
        spin_unlock(mapping.tree_lock)
    if error != 0:
        mem_cgroup_uncharge(folio)
        folio.mapping = None
        put_page(folio)
    return error


def filemap_add_folio(mapping: AddressSpace, folio: Page, index: int, gfp: int) -> int:
    """The same with a new folio, which is locked and put on the LRU if that works."""
    SetPageLocked(folio)
    ret = __filemap_add_folio(mapping, folio, index, gfp)
    if ret != 0:
        ClearPageLocked(folio)
    else:
        lru_cache_add_lru(folio)
    return ret


def add_to_page_cache_lru(page: Page, mapping: AddressSpace, offset: int, gfp_mask: int) -> int:
    """The old name (mm/folio-compat.c)."""
    return filemap_add_folio(mapping, page, offset, gfp_mask)


def __filemap_remove_folio(folio: Page) -> None:
    """Out of the tree; its lock and the folio's are held."""
    mapping = folio.mapping
    BUG_ON(page_mapped(folio))
    __lruvec_stat_mod_folio(folio, MEM_CGROUP_STAT_CACHE, -1)
    mapping.page_tree[folio.index] = None
    folio.mapping = None
    mapping.nrpages -= 1


def filemap_remove_folio(folio: Page) -> None:
    """Out of the tree, and drop the tree's reference."""
    mapping = folio.mapping
    BUG_ON(not PageLocked(folio))
    spin_lock(mapping.tree_lock)
    __filemap_remove_folio(folio)
    spin_unlock(mapping.tree_lock)
    put_page(folio)


def truncate_complete_page(mapping: AddressSpace, page: Page) -> int:
    """Remove the locked folio if it is still this mapping's; the end of truncate_inode_folio()."""
    if page.mapping is not mapping:
        return -EIO
    if PagePrivate(page):
        block_invalidatepage(page)
    ClearPageDirty(page)
    ClearPageMappedToDisk(page)
    filemap_remove_folio(page)
    return 0


def __remove_mapping(mapping: AddressSpace, folio: Page) -> bool:
    """Take the locked folio out of its tree if nobody else has a reference.

    It leaves the swap cache before it is uncharged (in v6.2).
    """
    BUG_ON(not PageLocked(folio))
    spin_lock(mapping.tree_lock)
    if not page_freeze_refs(folio, 2):
        spin_unlock(mapping.tree_lock)
        return False
    if PageDirty(folio):
        page_unfreeze_refs(folio, 2)
        spin_unlock(mapping.tree_lock)
        return False
    if PageSwapCache(folio):
        swap = folio.private
        __delete_from_swap_cache(folio)
        # Interrupts are off, which no grace period outlasts.
        rcu_read_lock()
        mem_cgroup_swapout(folio, swap)
        rcu_read_unlock()
        spin_unlock(mapping.tree_lock)
        swapcache_free(swap)
    else:
        __filemap_remove_folio(folio)
        spin_unlock(mapping.tree_lock)
    return True


def free_hot_cold_page(page: Page) -> None:
    """Give the folio back, which must not be charged any more (mm/page_alloc.c)."""
    with atomic():
        if PageAnon(page):
            page.mapping = None
        free_pages_check(page)
        BUG_ON(page.memcg_data is not None)
        page.PG_uptodate = False
        page.PG_dirty = False
        page.PG_swapbacked = False
        page.PG_mappedtodisk = False
        page.private = 0
        page.PG_buddy = True


def replace_page_cache_folio(old: Page, new: Page) -> None:
    """Put the one locked folio where the other is; both are charged until the old is freed."""
    mapping = old.mapping
    offset = old.index
    BUG_ON(not PageLocked(old) or not PageLocked(new))
    BUG_ON(new.mapping is not None)
    get_page(new)
    new.mapping = mapping
    new.index = offset
    mem_cgroup_migrate(old, new)
    spin_lock(mapping.tree_lock)
    mapping.page_tree[offset] = new
    old.mapping = None
    __lruvec_stat_mod_folio(old, MEM_CGROUP_STAT_CACHE, -1)
    __lruvec_stat_mod_folio(new, MEM_CGROUP_STAT_CACHE, 1)
    spin_unlock(mapping.tree_lock)
    put_page(old)


def fuse_try_move_page(oldpage: Page, newpage: Page) -> int:
    """Put a folio from a pipe into a file in place of one that is being read; both are locked.

    0 if done: then the caller has a reference to the new folio for that to the
    old one, which is unlocked.
    """
    ClearPageMappedToDisk(newpage)
    busy = page_mapped(oldpage) or PagePrivate(oldpage)
    if WARN_ON(busy) or WARN_ON(PageDirty(oldpage) or PageWriteback(oldpage)):
        return 1
    replace_page_cache_folio(oldpage, newpage)
    get_page(newpage)
    lru_cache_add_lru(newpage)
    unlock_page(oldpage)
    put_page(oldpage)
    return 0
