# SPDX-License-Identifier: GPL-2.0-only
"""2.6.29, but a page from the swap cache changes its owner on the old owner's list.

The page may be on the LRU when it is charged again.  It is taken off and put back
after that, and so counted off the list of the new owner, where it never was.
"""

from memcharge.editions.v2_6_34.memcontrol import (
    __mem_cgroup_commit_charge,
    do_swap_account,
    lookup_page_cgroup,
    mem_cgroup_disabled,
)
from memcharge.editions.v2_6_34.memcontrol_swap import __mem_cgroup_drop_swap_record
from memcharge.editions.v2_6_34.vmscan import isolate_lru_page, putback_lru_page
from memcharge.kernel import *

BASE = "v2_6_29"
PROVENANCE = 'v2_6_29 without 544122e5e0ee ("memcg: fix LRU accounting for SwapCache") (in v2.6.29)'


def mem_cgroup_lru_fixup(page: Page) -> None:
    """Onto the list of the owner: off the LRU, if it is there, and back."""
    if config.private_lru and isolate_lru_page(page) == 0:
        putback_lru_page(page)


def __mem_cgroup_commit_charge_swapin(page: Page, ptr: MemCgroup | None, ctype: int) -> None:
    """Make the charge in hand that of this page, and drop the slot's, now counted twice."""
    if mem_cgroup_disabled():
        return
    if ptr is None:
        return
    pc = lookup_page_cgroup(page)
    __mem_cgroup_commit_charge(ptr, pc, ctype)
    mem_cgroup_lru_fixup(page)
    if do_swap_account != 0 and PageSwapCache(page):
        __mem_cgroup_drop_swap_record(page.private)
