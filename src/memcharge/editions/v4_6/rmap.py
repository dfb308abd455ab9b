# SPDX-License-Identifier: GPL-2.0-only
"""The count of ptes that map a page (mm/rmap.c), and the owner for whom it counts."""

from memcharge.editions.v2_6_34.memcontrol import mem_cgroup_disabled
from memcharge.kernel import *
from memcharge.kernel import __this_cpu_add


def lock_page_memcg(page: Page) -> None:
    """Keep the owner of a page while something changes that is counted.

    Some may count with the lock and some without when a move begins, so who has
    it is written down.
    """
    rcu_read_lock()
    if mem_cgroup_disabled():
        return
    while True:
        memcg = page.mem_cgroup
        if memcg is None or atomic_read(memcg.moving_account) <= 0:
            return
        spin_lock(memcg.move_lock)
        if page.mem_cgroup is memcg:
            memcg.move_lock_task = current
            return
        spin_unlock(memcg.move_lock)


def unlock_page_memcg(page: Page) -> None:
    memcg = page.mem_cgroup
    if memcg is not None and holds_move_lock(memcg):
        memcg.move_lock_task = None
        spin_unlock(memcg.move_lock)
    rcu_read_unlock()


def holds_move_lock(memcg: MemCgroup) -> bool:
    """Whether it was the caller who took the lock."""
    holder = memcg.move_lock_task
    return holder is not None and index_of(holder) == index_of(current)


def mem_cgroup_update_page_stat(page: Page, idx: int, val: int) -> None:
    """Count for the group of the page."""
    memcg = page.mem_cgroup
    if memcg is not None:
        __this_cpu_add(memcg.stat, idx, val)


def page_add_file_rmap(page: Page) -> None:
    """One more pte maps a file page; only the first one is counted for the group."""
    lock_page_memcg(page)
    if atomic_inc_and_test(page._mapcount):
        mem_cgroup_update_page_stat(page, MEM_CGROUP_STAT_FILE_MAPPED, 1)
    unlock_page_memcg(page)


def page_remove_file_rmap(page: Page) -> None:
    lock_page_memcg(page)
    if atomic_add_negative(-1, page._mapcount):
        mem_cgroup_update_page_stat(page, MEM_CGROUP_STAT_FILE_MAPPED, -1)
    unlock_page_memcg(page)
