# SPDX-License-Identifier: GPL-2.0-only
"""Charging pages that come from swap, and swap slots (mm/memcontrol.c, the part for swap).

memory+swap is charged once, for the page or for the slot.  When the page
leaves the swap cache, a record in the slot takes that half of the charge over;
it ends when the page is charged again or when nobody names the slot any more.
"""

from typing import TYPE_CHECKING

from memcharge.editions.v2_6_34.cgroup import (
    cgroup_exclude_rmdir,
    cgroup_release_and_wakeup_rmdir,
    css_id,
    css_put,
    css_tryget,
)
from memcharge.editions.v2_6_34.memcontrol_group import (
    mem_cgroup_get,
    mem_cgroup_lookup,
    mem_cgroup_put,
)
from memcharge.editions.v2_6_34.memcontrol_lru import (
    mem_cgroup_lru_add_after_commit_swapcache,
    mem_cgroup_lru_del_before_commit_swapcache,
)
from memcharge.editions.v2_6_34.page_cgroup import lookup_swap_cgroup, swap_cgroup_record
from memcharge.editions.v2_6_34.res_counter import res_counter_uncharge
from memcharge.kernel import *

if TYPE_CHECKING:
    from memcharge.editions.v2_6_34.memcontrol import (
        MEM_CGROUP_CHARGE_TYPE_DROP,
        MEM_CGROUP_CHARGE_TYPE_MAPPED,
        MEM_CGROUP_CHARGE_TYPE_SWAPOUT,
        __mem_cgroup_commit_charge,
        __mem_cgroup_try_charge,
        __mem_cgroup_uncharge_common,
        do_swap_account,
        lookup_page_cgroup,
        mem_cgroup_cancel_charge,
        mem_cgroup_disabled,
        mem_cgroup_is_root,
        mem_cgroup_swap_statistics,
    )


def try_get_mem_cgroup_from_page(page: Page) -> MemCgroup | None:
    """Who is charged for the locked page or, if nobody is, for its swap slot; with a reference.

    The page_cgroup's lock keeps the owner from being changed (c0bd3f63ce01).
    """
    mem: MemCgroup | None = None
    BUG_ON(not PageLocked(page))
    pc = lookup_page_cgroup(page)
    lock_page_cgroup(pc)
    if PageCgroupUsed(pc):
        mem = pc.mem_cgroup
        if mem is not None and not css_tryget(mem.css):
            mem = None
    elif PageSwapCache(page):
        id = lookup_swap_cgroup(page.private)  # noqa: A001 - the kernel's name
        rcu_read_lock()
        mem = mem_cgroup_lookup(id)
        if mem is not None and not css_tryget(mem.css):
            mem = None
        rcu_read_unlock()
    unlock_page_cgroup(pc)
    return mem


def mem_cgroup_try_charge_swapin(
    mm: MmStruct | None, page: Page, mask: int
) -> tuple[int, MemCgroup | None]:
    """Take a page's worth for the locked page, from the group that had it before swap.

    The caller's own group is charged only if that is gone or unknown.
    """
    ptr: MemCgroup | None = None
    if mem_cgroup_disabled():
        return 0, ptr
    # Not in the cache any more: somebody was faster, and the pte will tell.
    if do_swap_account != 0 and PageSwapCache(page):
        mem = try_get_mem_cgroup_from_page(page)
        if mem is not None:
            ret, ptr = __mem_cgroup_try_charge(None, mask, mem, True)
            css_put(mem.css)
            return ret, ptr
    ret, ptr = __mem_cgroup_try_charge(mm, mask, None, True)
    return ret, ptr


def __mem_cgroup_drop_swap_record(ent: int) -> None:
    """End the slot's charge; what commit and uncharge of swap have in common in the kernel."""
    id = swap_cgroup_record(ent, 0)  # noqa: A001 - the kernel's name
    rcu_read_lock()
    # The group may be gone but for its struct, which the record has kept.
    memcg = mem_cgroup_lookup(id)
    if memcg is not None:
        if not mem_cgroup_is_root(memcg):
            res_counter_uncharge(memcg.memsw, 1)
        mem_cgroup_swap_statistics(memcg, False)
        mem_cgroup_put(memcg)
    rcu_read_unlock()


def __mem_cgroup_commit_charge_swapin(page: Page, ptr: MemCgroup | None, ctype: int) -> None:
    """Make the charge in hand that of this page, and drop the slot's, now counted twice.

    reuse_swap_page() may have taken the page out of the cache before; then the
    record goes with the slot, at swap_free().
    """
    if mem_cgroup_disabled():
        return
    if ptr is None:
        return
    cgroup_exclude_rmdir(ptr.css)
    pc = lookup_page_cgroup(page)
    mem_cgroup_lru_del_before_commit_swapcache(page)
    __mem_cgroup_commit_charge(ptr, pc, ctype)
    mem_cgroup_lru_add_after_commit_swapcache(page)
    if do_swap_account != 0 and PageSwapCache(page):
        __mem_cgroup_drop_swap_record(page.private)
    cgroup_release_and_wakeup_rmdir(ptr.css)


def mem_cgroup_commit_charge_swapin(page: Page, ptr: MemCgroup | None) -> None:
    __mem_cgroup_commit_charge_swapin(page, ptr, MEM_CGROUP_CHARGE_TYPE_MAPPED)


def mem_cgroup_cancel_charge_swapin(mem: MemCgroup | None) -> None:
    """The fault came too late: give the charge in hand back."""
    if mem_cgroup_disabled():
        return
    if mem is None:
        return
    mem_cgroup_cancel_charge(mem)


def mem_cgroup_shmem_charge_fallback(page: Page, mm: MmStruct | None, gfp_mask: int) -> int:
    """See whether a charge is possible, where one may wait for it; 0 or -ENOMEM."""
    if mem_cgroup_disabled():
        return 0
    ret, mem = mem_cgroup_try_charge_swapin(mm, page, gfp_mask)
    if ret == 0:
        mem_cgroup_cancel_charge_swapin(mem)
    return ret


def mem_cgroup_uncharge_swapcache(page: Page, ent: int, swapout: bool) -> None:
    """The page has left the swap cache; the slot takes the charge over if it stays in use.

    The css reference is held until the record has one to the group (a7fe942e94b2).
    """
    ctype = MEM_CGROUP_CHARGE_TYPE_SWAPOUT
    if not swapout:
        ctype = MEM_CGROUP_CHARGE_TYPE_DROP
    memcg = __mem_cgroup_uncharge_common(page, ctype)
    if do_swap_account != 0 and swapout and memcg is not None:
        swap_cgroup_record(ent, css_id(memcg.css))
        mem_cgroup_get(memcg)
    if swapout and memcg is not None:
        css_put(memcg.css)


def mem_cgroup_uncharge_swap(ent: int) -> None:
    """Nobody names the slot any more."""
    if do_swap_account == 0:
        return
    __mem_cgroup_drop_swap_record(ent)
