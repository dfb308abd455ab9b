# SPDX-License-Identifier: GPL-2.0-only
"""One page in the place of another in a file's tree (mm/filemap.c)."""

from memcharge.editions.v2_6_34.filemap import __remove_from_page_cache
from memcharge.editions.v2_6_34.radix_tree import radix_tree_preload
from memcharge.editions.v2_6_34.swap import put_page
from memcharge.editions.v4_6.memcontrol import mem_cgroup_migrate
from memcharge.kernel import *


def replace_page_cache_page(old: Page, new: Page, gfp_mask: int) -> int:
    """Put the one locked page where the other is; the old one stays charged until it is freed."""
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
    mem_cgroup_migrate(old, new)
    put_page(old)
    return 0
