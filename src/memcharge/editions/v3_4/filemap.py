# SPDX-License-Identifier: GPL-2.0-only
"""One page in the place of another in a file's tree, for FUSE (mm/filemap.c, fs/fuse/dev.c)."""

from memcharge.editions.v2_6_34.filemap import __remove_from_page_cache
from memcharge.editions.v2_6_34.memcontrol import (
    MEM_CGROUP_CHARGE_TYPE_CACHE,
    MEM_CGROUP_CHARGE_TYPE_SHMEM,
    lookup_page_cgroup,
    mem_cgroup_disabled,
)
from memcharge.editions.v2_6_34.radix_tree import radix_tree_preload
from memcharge.editions.v2_6_34.swap import lru_cache_add_lru, put_page
from memcharge.editions.v3_4.memcontrol import (
    __mem_cgroup_commit_charge,
    mem_cgroup_charge_statistics,
)
from memcharge.kernel import *


def mem_cgroup_replace_page_cache(oldpage: Page, newpage: Page) -> None:
    """Give the old page's charge to the new one: what is charged does not change (ab936cbcd020)."""
    if mem_cgroup_disabled():
        return
    pc = lookup_page_cgroup(oldpage)
    lock_page_cgroup(pc)
    memcg = pc.mem_cgroup
    mem_cgroup_charge_statistics(memcg, False, -1)
    ClearPageCgroupUsed(pc)
    unlock_page_cgroup(pc)
    ctype = MEM_CGROUP_CHARGE_TYPE_CACHE
    if PageSwapBacked(oldpage):
        ctype = MEM_CGROUP_CHARGE_TYPE_SHMEM
    __mem_cgroup_commit_charge(memcg, newpage, ctype, True)


def replace_page_cache_page(old: Page, new: Page, gfp_mask: int) -> int:
    """Put the one locked page where the other is, at once for all (ef6a3c63112e); 0 or -ENOMEM."""
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
    mem_cgroup_replace_page_cache(old, new)
    put_page(old)
    return 0


def fuse_try_move_page(oldpage: Page, newpage: Page) -> int:
    """Put a page from a pipe into a file in place of one that is being read; both are locked.

    0 if done: then the caller has a reference to the new page for that to the
    old one, which is unlocked.
    """
    ClearPageMappedToDisk(newpage)
    busy = page_mapped(oldpage) or PagePrivate(oldpage)
    if WARN_ON(busy) or WARN_ON(PageDirty(oldpage) or PageWriteback(oldpage)):
        return 1
    err = replace_page_cache_page(oldpage, newpage, GFP_KERNEL)
    if err != 0:
        return err
    get_page(newpage)
    lru_cache_add_lru(newpage)
    unlock_page(oldpage)
    put_page(oldpage)
    return 0
