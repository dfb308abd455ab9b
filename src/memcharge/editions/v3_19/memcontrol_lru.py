# SPDX-License-Identifier: GPL-2.0-only
"""The LRU lists that each group has of its own (mm/memcontrol.c), by the page's owner."""

from memcharge.editions.v2_6_34.memcontrol import mem_cgroup_disabled, mem_cgroup_is_root
from memcharge.editions.v2_6_34.memcontrol_lru import list_add, list_del_init
from memcharge.kernel import *


def mem_cgroup_page_lruvec(page: Page) -> MemCgroup:
    """Whose LRU list the page belongs to: the root group's as long as nobody is charged."""
    memcg = page.mem_cgroup
    if memcg is None:
        memcg = root_mem_cgroup
    return memcg


def mem_cgroup_add_lru_list(page: Page) -> None:
    """The page enters the LRU; its list node lies in the page, here still where it was before."""
    if not config.private_lru or mem_cgroup_disabled():
        return
    memcg = mem_cgroup_page_lruvec(page)
    memcg.lru_size += 1
    if not mem_cgroup_is_root(memcg):
        list_add(page.page_cgroup, memcg)


def mem_cgroup_del_lru_list(page: Page) -> None:
    """The page leaves the LRU, and the list on which it is."""
    if not config.private_lru or mem_cgroup_disabled():
        return
    memcg = mem_cgroup_page_lruvec(page)
    memcg.lru_size -= 1
    if page.page_cgroup.lru is not None:
        list_del_init(page.page_cgroup)
