# SPDX-License-Identifier: GPL-2.0-only
"""6.12, but shmem hands the charge of a folio over that it replaces in the swap cache.

That folio is on the LRU, from which it cannot be taken any more as its owner's;
nothing asserts that it is not there.
"""

from memcharge.editions.v2_6_34.memcontrol import mem_cgroup_disabled
from memcharge.editions.v2_6_34.swap import lru_cache_add_lru
from memcharge.editions.v3_6.shmem import (
    shmem_drop_replaced,
    shmem_radix_tree_replace,
    shmem_replacement,
)
from memcharge.editions.v6_6.memcontrol import commit_charge, folio_memcg
from memcharge.kernel import *

BASE = "v6_12"
PROVENANCE = (
    'v6_12 without 9094b4a1c76c ("mm: shmem: fix getting incorrect lruvec when replacing a shmem '
    'folio") (in v6.10)'
)


def mem_cgroup_migrate(old: Page, new: Page) -> None:
    """Hand the charge of the old folio over to the new one; no counter changes."""
    BUG_ON(not PageLocked(old))
    BUG_ON(not PageLocked(new))
    BUG_ON(PageAnon(old) != PageAnon(new))
    if mem_cgroup_disabled():
        return
    memcg = folio_memcg(old)
    if WARN_ON(memcg is None):
        return
    commit_charge(new, memcg)
    old.memcg_data = None


def shmem_replace_page(folio: Page) -> tuple[int, Page]:
    """Put a new locked folio in the place of the swap cache's; 0 or an error, and which stays."""
    swap_index = folio.private
    new = shmem_replacement(swap_index)
    if new is None:
        return -ENOMEM, folio
    spin_lock(swapper_space.tree_lock)
    error = shmem_radix_tree_replace(swapper_space, swap_index, folio, new)
    if error == 0:
        mem_cgroup_migrate(folio, new)
    spin_unlock(swapper_space.tree_lock)
    if error != 0:
        shmem_drop_replaced(new)
        return error, folio
    lru_cache_add_lru(new)
    shmem_drop_replaced(folio)
    return 0, new
