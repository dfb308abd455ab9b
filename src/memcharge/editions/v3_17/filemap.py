# SPDX-License-Identifier: GPL-2.0-only
"""The page cache (mm/filemap.c), and truncation (mm/truncate.c)."""

from memcharge.editions.v2_6_34.buffer import block_invalidatepage
from memcharge.editions.v2_6_34.filemap import __remove_from_page_cache
from memcharge.editions.v2_6_34.radix_tree import radix_tree_preload
from memcharge.editions.v2_6_34.swap import put_page
from memcharge.editions.v3_17.memcontrol import (
    mem_cgroup_cancel_charge,
    mem_cgroup_commit_charge,
    mem_cgroup_migrate,
    mem_cgroup_try_charge,
)
from memcharge.kernel import *


def add_to_page_cache_locked(page: Page, mapping: AddressSpace, offset: int, gfp_mask: int) -> int:
    """Put the locked page into the tree, charged if that works; 0, -ENOMEM or -EEXIST."""
    error, memcg = mem_cgroup_try_charge(page, current.mm, gfp_mask)
    if error != 0:
        return error
    error = radix_tree_preload(gfp_mask)
    if error != 0:
        mem_cgroup_cancel_charge(page, memcg)
        return error
    get_page(page)
    page.mapping = mapping
    page.index = offset
    spin_lock(mapping.tree_lock)
    if mapping.page_tree[offset] is None:
        mapping.page_tree[offset] = page
        mapping.nrpages += 1
        spin_unlock(mapping.tree_lock)
        mem_cgroup_commit_charge(page, memcg, False)
    else:
        page.mapping = None
        spin_unlock(mapping.tree_lock)
        mem_cgroup_cancel_charge(page, memcg)
        put_page(page)
        error = -EEXIST
    return error


def delete_from_page_cache(page: Page) -> None:
    """Out of the tree, and drop the tree's reference."""
    mapping = page.mapping
    BUG_ON(not PageLocked(page))
    spin_lock(mapping.tree_lock)
    __remove_from_page_cache(page)
    spin_unlock(mapping.tree_lock)
    put_page(page)


def truncate_complete_page(mapping: AddressSpace, page: Page) -> int:
    """Remove the locked page if it is still this mapping's; 0 or -EIO."""
    if page.mapping is not mapping:
        return -EIO
    if PagePrivate(page):
        block_invalidatepage(page)
    ClearPageDirty(page)
    ClearPageMappedToDisk(page)
    delete_from_page_cache(page)
    return 0


def replace_page_cache_page(old: Page, new: Page, gfp_mask: int) -> int:
    """Put the one locked page where the other is, which may be on the LRU; 0 or -ENOMEM."""
    BUG_ON(not PageLocked(old) or not PageLocked(new))
    BUG_ON(new.mapping is not None)
    error = radix_tree_preload(gfp_mask)
    if error != 0:
        return error
    mapping = old.mapping
    offset = old.index
    get_page(new)
    new.mapping = mapping
    new.index = offset
    spin_lock(mapping.tree_lock)
    __remove_from_page_cache(old)
    mapping.page_tree[offset] = new
    mapping.nrpages += 1
    spin_unlock(mapping.tree_lock)
    mem_cgroup_migrate(old, new, True)
    put_page(old)
    return 0
