# SPDX-License-Identifier: GPL-2.0-only
"""The LRU lists that each group has of its own (mm/memcontrol.c).

They follow the zone's list, under its lock: a charged page that is put there is
linked to its owner's list.  Uncharging does not unlink it: the owner written in
the page_cgroup is looked up again when the page leaves the zone's list.
"""

from typing import TYPE_CHECKING

from memcharge.kernel import *

if TYPE_CHECKING:
    from memcharge.editions.v2_6_34.memcontrol import (
        lookup_page_cgroup,
        mem_cgroup_disabled,
        mem_cgroup_is_root,
    )
    from memcharge.editions.v2_6_34.vmscan import __isolate_lru_page


def list_add(pc: PageCgroup, mem: MemCgroup) -> None:
    """Link a page_cgroup to the group's list."""
    mem.lru_linked += 1
    pc.lru = mem


def list_del_init(pc: PageCgroup) -> None:
    """Unlink it, which writes to its neighbours: the list's head lies in the group's struct."""
    mem = pc.lru
    mem.lru_linked -= 1
    pc.lru = None


def mem_cgroup_del_lru_list(page: Page) -> None:
    """The page leaves the zone's list; uncharged or not, it is still on its owner's."""
    if not config.private_lru or mem_cgroup_disabled():
        return
    pc = lookup_page_cgroup(page)
    if not TestClearPageCgroupAcctLRU(pc):
        return
    mem = pc.mem_cgroup
    BUG_ON(mem is None)
    mem.lru_size -= 1
    if mem_cgroup_is_root(mem):
        return
    BUG_ON(pc.lru is None)
    list_del_init(pc)


def mem_cgroup_rotate_lru_list(page: Page) -> None:
    """Let others go first; that it could get onto another group's list goes unnoticed."""
    if not config.private_lru or mem_cgroup_disabled():
        return
    pc = lookup_page_cgroup(page)
    if not PageCgroupUsed(pc):
        return
    mem = pc.mem_cgroup
    if mem_cgroup_is_root(mem):
        return
    list_del_init(pc)
    list_add(pc, mem)


def mem_cgroup_add_lru_list(page: Page) -> None:
    """The page enters the zone's list, and its owner's if it is charged."""
    if not config.private_lru or mem_cgroup_disabled():
        return
    pc = lookup_page_cgroup(page)
    BUG_ON(PageCgroupAcctLRU(pc))
    if not PageCgroupUsed(pc):
        return
    mem = pc.mem_cgroup
    mem.lru_size += 1
    SetPageCgroupAcctLRU(pc)
    if mem_cgroup_is_root(mem):
        return
    list_add(pc, mem)


def mem_cgroup_lru_del_before_commit_swapcache(page: Page) -> None:
    """A page in the swap cache may have been uncharged on the list, and gets another owner now.

    The page's lock guards USED here.
    """
    if not config.private_lru:
        return
    pc = lookup_page_cgroup(page)
    spin_lock(contig_zone.lru_lock)
    if not PageCgroupUsed(pc):
        mem_cgroup_del_lru_list(page)
    spin_unlock(contig_zone.lru_lock)


def mem_cgroup_lru_add_after_commit_swapcache(page: Page) -> None:
    """It came onto the zone's list before it was charged."""
    if not config.private_lru:
        return
    pc = lookup_page_cgroup(page)
    spin_lock(contig_zone.lru_lock)
    if PageLRU(page) and not PageCgroupAcctLRU(pc):
        mem_cgroup_add_lru_list(page)
    spin_unlock(contig_zone.lru_lock)


def mem_cgroup_isolate_pages(mem: MemCgroup, noswap: bool) -> Page | None:
    """Take one page of the group off the lists, under the zone's lock, with a reference.

    `noswap` passes over pages that could only go to swap.
    """
    taken: Page | None = None
    for pc in each(PageCgroup):
        if taken is None and pc.lru is mem:
            page = pc.page
            if PageCgroupUsed(pc) and PageLRU(page) and not (noswap and PageSwapBacked(page)):
                if __isolate_lru_page(page) == 0:
                    mem_cgroup_del_lru_list(page)
                    taken = page
                else:
                    mem_cgroup_rotate_lru_list(page)
    return taken
