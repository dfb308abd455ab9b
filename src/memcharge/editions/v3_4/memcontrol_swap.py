# SPDX-License-Identifier: GPL-2.0-only
"""Charging pages that come from swap (mm/memcontrol.c, the part for swap)."""

from typing import TYPE_CHECKING

from memcharge.editions.v2_6_34.cgroup import (
    cgroup_exclude_rmdir,
    cgroup_release_and_wakeup_rmdir,
    css_put,
)
from memcharge.editions.v2_6_34.memcontrol_group import mem_cgroup_lookup, mem_cgroup_put
from memcharge.editions.v2_6_34.memcontrol_swap import try_get_mem_cgroup_from_page
from memcharge.editions.v2_6_34.page_cgroup import swap_cgroup_record
from memcharge.editions.v2_6_34.res_counter import res_counter_uncharge
from memcharge.kernel import *

if TYPE_CHECKING:
    from memcharge.editions.v2_6_34.memcontrol import (
        do_swap_account,
        mem_cgroup_disabled,
        mem_cgroup_is_root,
        mem_cgroup_swap_statistics,
    )
    from memcharge.editions.v3_4.memcontrol import (
        __mem_cgroup_commit_charge,
        __mem_cgroup_try_charge,
    )


def mem_cgroup_try_charge_swapin(
    mm: MmStruct | None, page: Page, mask: int
) -> tuple[int, MemCgroup | None]:
    """Take a page's worth for the locked page, from the group that had it before swap."""
    memcgp: MemCgroup | None = None
    if mem_cgroup_disabled():
        return 0, memcgp
    memcg: MemCgroup | None = None
    # Not in the cache any more: somebody was faster, and the pte will tell.
    if do_swap_account != 0 and PageSwapCache(page):
        memcg = try_get_mem_cgroup_from_page(page)
    if memcg is not None:
        ret, memcgp = __mem_cgroup_try_charge(None, mask, memcg, True)
        css_put(memcg.css)
    else:
        ret, memcgp = __mem_cgroup_try_charge(mm, mask, None, True)
    if ret == -EINTR:
        ret = 0
    return ret, memcgp


def __mem_cgroup_commit_charge_swapin(page: Page, memcg: MemCgroup | None, ctype: int) -> None:
    """Make the charge in hand that of this page, and drop the slot's, now counted twice."""
    if mem_cgroup_disabled():
        return
    if memcg is None:
        return
    cgroup_exclude_rmdir(memcg.css)
    __mem_cgroup_commit_charge(memcg, page, ctype, True)
    if do_swap_account != 0 and PageSwapCache(page):
        mem_cgroup_uncharge_swap(page.private)
    cgroup_release_and_wakeup_rmdir(memcg.css)


def mem_cgroup_uncharge_swap(ent: int) -> None:
    """Nobody names the slot any more, or its page is charged again; the kernel writes it twice."""
    if do_swap_account == 0:
        return
    memcg = mem_cgroup_lookup(swap_cgroup_record(ent, 0))
    if memcg is not None:
        if not mem_cgroup_is_root(memcg):
            res_counter_uncharge(memcg.memsw, 1)
        mem_cgroup_swap_statistics(memcg, False)
        mem_cgroup_put(memcg)
