# SPDX-License-Identifier: GPL-2.0-only
"""2.6.34, but a charge that comes late does not tell rmdir.

A migration and a fault from swap may charge a group without tasks after rmdir
has emptied it.  Nobody wakes rmdir, which takes their reference for a temporary
one and sleeps until it is gone.
"""

from memcharge.editions.v2_6_34.memcontrol import (
    MEM_CGROUP_CHARGE_TYPE_CACHE,
    MEM_CGROUP_CHARGE_TYPE_MAPPED,
    MEM_CGROUP_CHARGE_TYPE_SHMEM,
    __mem_cgroup_commit_charge,
    __mem_cgroup_uncharge_common,
    do_swap_account,
    lookup_page_cgroup,
    mem_cgroup_disabled,
    mem_cgroup_uncharge_page,
)
from memcharge.editions.v2_6_34.memcontrol_lru import (
    mem_cgroup_lru_add_after_commit_swapcache,
    mem_cgroup_lru_del_before_commit_swapcache,
)
from memcharge.editions.v2_6_34.memcontrol_swap import __mem_cgroup_drop_swap_record
from memcharge.kernel import *

BASE = "v2_6_34"
PROVENANCE = 'v2_6_34 without 887032670d47 ("cgroup avoid permanent sleep at rmdir") (in v2.6.31)'


def __mem_cgroup_commit_charge_swapin(page: Page, ptr: MemCgroup | None, ctype: int) -> None:
    """Make the charge in hand that of this page, and drop the slot's, now counted twice.

    reuse_swap_page() may have taken the page out of the cache before; then the
    record goes with the slot, at swap_free().
    """
    if mem_cgroup_disabled():
        return
    if ptr is None:
        return
    pc = lookup_page_cgroup(page)
    mem_cgroup_lru_del_before_commit_swapcache(page)
    __mem_cgroup_commit_charge(ptr, pc, ctype)
    mem_cgroup_lru_add_after_commit_swapcache(page)
    if do_swap_account != 0 and PageSwapCache(page):
        __mem_cgroup_drop_swap_record(page.private)


def mem_cgroup_end_migration(mem: MemCgroup | None, oldpage: Page, newpage: Page) -> None:
    """Give the reservation to the page that survived.

    The old page is locked, the new one is not any more.  If the survivor is
    still charged, the commit gives the reservation back.
    """
    if mem is None:
        return
    unused: Page | None = None
    # A page that was moved away has no mapping left.
    if oldpage.mapping is not None:
        target = oldpage
    else:
        target = newpage
        unused = oldpage
    if PageAnon(target):
        ctype = MEM_CGROUP_CHARGE_TYPE_MAPPED
    elif page_is_file_cache(target):
        ctype = MEM_CGROUP_CHARGE_TYPE_CACHE
    else:
        ctype = MEM_CGROUP_CHARGE_TYPE_SHMEM
    if unused is not None:
        __mem_cgroup_uncharge_common(unused, ctype)
    pc = lookup_page_cgroup(target)
    __mem_cgroup_commit_charge(mem, pc, ctype)
    # An anonymous page may have been unmapped for good in the meantime.
    if ctype == MEM_CGROUP_CHARGE_TYPE_MAPPED:
        mem_cgroup_uncharge_page(target)
