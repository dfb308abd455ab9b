# SPDX-License-Identifier: GPL-2.0-only
"""LRU lists of groups, which are all the lists there are (mm/memcontrol.c, mm_inline.h).

Each page on the LRU is on the list of the group that its page_cgroup names,
charged or not: an uncharged one is given to the root group when it comes there
(36b62ad53949).  So no flag says whether it is on a list.  The node lies in the
page from here on; in the model it stays where it was.
"""

from typing import TYPE_CHECKING

from memcharge.editions.v2_6_34.memcontrol_lru import list_add, list_del_init
from memcharge.kernel import *

if TYPE_CHECKING:
    from memcharge.editions.v2_6_34.memcontrol import (
        lookup_page_cgroup,
        mem_cgroup_disabled,
        mem_cgroup_is_root,
    )
    from memcharge.editions.v2_6_34.vmscan import __isolate_lru_page


def mem_cgroup_add_lru_list(page: Page) -> None:
    """The page enters the LRU; an uncharged one does not keep its last owner from being freed."""
    if not config.private_lru or mem_cgroup_disabled():
        return
    pc = lookup_page_cgroup(page)
    memcg = pc.mem_cgroup
    if not PageCgroupUsed(pc) and memcg is not root_mem_cgroup:
        memcg = root_mem_cgroup
        pc.mem_cgroup = memcg
    memcg.lru_size += 1
    if not mem_cgroup_is_root(memcg):
        list_add(pc, memcg)


def mem_cgroup_del_lru_list(page: Page) -> None:
    """The page leaves the LRU, and the list of its owner, or of who was that last."""
    if not config.private_lru or mem_cgroup_disabled():
        return
    pc = lookup_page_cgroup(page)
    memcg = pc.mem_cgroup
    BUG_ON(memcg is None)
    BUG_ON(memcg.lru_size < 1)
    memcg.lru_size -= 1
    if pc.lru is not None:
        list_del_init(pc)


def mem_cgroup_isolate_pages(mem: MemCgroup, noswap: bool) -> Page | None:
    """Take one page of the group off its list, under the zone's lock, with a reference."""
    taken: Page | None = None
    for pc in each(PageCgroup):
        if taken is None and pc.lru is mem:
            page = pc.page
            if not (noswap and PageSwapBacked(page)) and __isolate_lru_page(page) == 0:
                mem_cgroup_del_lru_list(page)
                taken = page
    return taken
