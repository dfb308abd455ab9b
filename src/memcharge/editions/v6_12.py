# SPDX-License-Identifier: GPL-2.0-only
"""A migration hands the charge over, as in 3.17; the old folio keeps nothing.

The old folio is off the LRU and about to be freed, so that its owner may
change.  The replacement of folios in the page cache, and of shmem's in the swap
cache, where that does not hold, keeps the double charge under a name of its own,
mem_cgroup_replace_folio().

Not included: what v6_6 leaves out, and the queue of large folios that are to be
split.
"""

from memcharge.editions.v2_6_34.cgroup import css_get
from memcharge.editions.v2_6_34.memcontrol import mem_cgroup_disabled, mem_cgroup_is_root
from memcharge.editions.v2_6_34.swap import lru_cache_add_lru, put_page
from memcharge.editions.v3_6.shmem import (
    shmem_drop_replaced,
    shmem_radix_tree_replace,
    shmem_replacement,
)
from memcharge.editions.v6_6.memcontrol import (
    __lruvec_stat_mod_folio,
    commit_charge,
    folio_memcg,
    mem_cgroup_force_charge,
)
from memcharge.kernel import *

BASE = "v6_6"
PROVENANCE = (
    '85ce2c517ade ("memcg, hugetlb: ..."; mem_cgroup_migrate() and mem_cgroup_replace_folio() '
    'parted, with 4b569387c0d5 and 8cba9576df60) (in v6.7), 9094b4a1c76c ("mm: shmem: fix getting '
    'incorrect lruvec when replacing a shmem folio") (in v6.10), read in v6.18.19'
)


def mem_cgroup_migrate(old: Page, new: Page) -> None:
    """Hand the charge of the old folio over to the new one; no counter changes."""
    BUG_ON(not PageLocked(old))
    BUG_ON(not PageLocked(new))
    BUG_ON(PageAnon(old) != PageAnon(new))
    BUG_ON(PageLRU(old))
    if mem_cgroup_disabled():
        return
    memcg = folio_memcg(old)
    if WARN_ON(memcg is None):
        return
    commit_charge(new, memcg)
    old.memcg_data = None


def mem_cgroup_replace_folio(old: Page, new: Page) -> None:
    """Charge the new folio as well; the old one, which may be on the LRU, will be freed soon."""
    BUG_ON(not PageLocked(old))
    BUG_ON(not PageLocked(new))
    BUG_ON(PageAnon(old) != PageAnon(new))
    if mem_cgroup_disabled():
        return
    if folio_memcg(new) is not None:
        return
    memcg = folio_memcg(old)
    if WARN_ON(memcg is None):
        return
    if not mem_cgroup_is_root(memcg):
        mem_cgroup_force_charge(memcg, 1)
    css_get(memcg.css)
    commit_charge(new, memcg)


def shmem_replace_page(folio: Page) -> tuple[int, Page]:
    """Put a new locked folio in the place of the swap cache's; 0 or an error, and which stays."""
    swap_index = folio.private
    new = shmem_replacement(swap_index)
    if new is None:
        return -ENOMEM, folio
    spin_lock(swapper_space.tree_lock)
    error = shmem_radix_tree_replace(swapper_space, swap_index, folio, new)
    if error == 0:
        mem_cgroup_replace_folio(folio, new)
    spin_unlock(swapper_space.tree_lock)
    if error != 0:
        shmem_drop_replaced(new)
        return error, folio
    lru_cache_add_lru(new)
    shmem_drop_replaced(folio)
    return 0, new


def replace_page_cache_folio(old: Page, new: Page) -> None:
    """Put the one locked folio where the other is; both are charged until the old is freed."""
    mapping = old.mapping
    offset = old.index
    BUG_ON(not PageLocked(old) or not PageLocked(new))
    BUG_ON(new.mapping is not None)
    get_page(new)
    new.mapping = mapping
    new.index = offset
    mem_cgroup_replace_folio(old, new)
    spin_lock(mapping.tree_lock)
    mapping.page_tree[offset] = new
    old.mapping = None
    __lruvec_stat_mod_folio(old, MEM_CGROUP_STAT_CACHE, -1)
    __lruvec_stat_mod_folio(new, MEM_CGROUP_STAT_CACHE, 1)
    spin_unlock(mapping.tree_lock)
    put_page(old)
