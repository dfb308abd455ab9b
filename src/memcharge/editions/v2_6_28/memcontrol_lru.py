# SPDX-License-Identifier: GPL-2.0-only
"""The LRU lists that each group has of its own, which follow the charge (mm/memcontrol.c).

A page is linked to its owner's list as long as it is charged, whether or not it
is on the zone's list.  The lists' own lock is held for one step each time, so
it is left out.
"""

from memcharge.editions.v2_6_34.vmscan import __isolate_lru_page
from memcharge.kernel import *


def __mem_cgroup_add_list(pc: PageCgroup) -> None:
    """The page is charged: link it to its owner's list; the root's is not kept."""
    if not config.private_lru:
        return
    mem = pc.mem_cgroup
    with atomic():
        mem.lru_size += 1
        if not mem.is_root:
            mem.lru_linked += 1
            pc.lru = mem


def __mem_cgroup_remove_list(pc: PageCgroup) -> None:
    """The charge ends: unlink it."""
    if not config.private_lru:
        return
    mem = pc.mem_cgroup
    with atomic():
        mem.lru_size -= 1
        if not mem.is_root:
            mem.lru_linked -= 1
            pc.lru = None


def mem_cgroup_del_lru_list(page: Page) -> None:
    """The page leaves the zone's list, but not its owner's."""


def mem_cgroup_add_lru_list(page: Page) -> None:
    """The page enters the zone's list; it has been on its owner's since it was charged."""


def mem_cgroup_isolate_pages(mem: MemCgroup, noswap: bool) -> Page | None:
    """Take one page of the group off the zone's list, with a reference; memory alone is counted."""
    taken: Page | None = None
    with atomic():
        for pc in each(PageCgroup):
            if taken is None and pc.lru is mem and PageCgroupUsed(pc):
                if PageLRU(pc.page) and __isolate_lru_page(pc.page) == 0:
                    taken = pc.page
    return taken
