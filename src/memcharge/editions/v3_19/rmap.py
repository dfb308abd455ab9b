# SPDX-License-Identifier: GPL-2.0-only
"""The count of ptes that map a page (mm/rmap.c), and the owner for whom it counts."""

from memcharge.editions.v2_6_34.memcontrol import mem_cgroup_disabled
from memcharge.kernel import *
from memcharge.kernel import __this_cpu_add


def mem_cgroup_begin_page_stat(page: Page) -> tuple[MemCgroup | None, bool]:
    """Keep the owner of a page while something changes that is counted; none if it is not charged.

    Also whether its move_lock is taken, because charges are moved away from it.
    """
    rcu_read_lock()
    if mem_cgroup_disabled():
        return None, False
    while True:
        memcg = page.mem_cgroup
        if memcg is None:
            return None, False
        if atomic_read(memcg.moving_account) <= 0:
            return memcg, False
        spin_lock(memcg.move_lock)
        if page.mem_cgroup is memcg:
            return memcg, True
        spin_unlock(memcg.move_lock)


def mem_cgroup_end_page_stat(memcg: MemCgroup | None, locked: bool) -> None:
    if memcg is not None and locked:
        spin_unlock(memcg.move_lock)
    rcu_read_unlock()


def mem_cgroup_update_page_stat(memcg: MemCgroup | None, idx: int, val: int) -> None:
    """Count for the group that was looked up before."""
    if memcg is not None:
        __this_cpu_add(memcg.stat, idx, val)


def page_add_file_rmap(page: Page) -> None:
    """One more pte maps a file page; only the first one is counted for the group."""
    memcg, locked = mem_cgroup_begin_page_stat(page)
    if atomic_inc_and_test(page._mapcount):
        mem_cgroup_update_page_stat(memcg, MEM_CGROUP_STAT_FILE_MAPPED, 1)
    mem_cgroup_end_page_stat(memcg, locked)


def page_remove_file_rmap(page: Page) -> None:
    memcg, locked = mem_cgroup_begin_page_stat(page)
    if atomic_add_negative(-1, page._mapcount):
        mem_cgroup_update_page_stat(memcg, MEM_CGROUP_STAT_FILE_MAPPED, -1)
    mem_cgroup_end_page_stat(memcg, locked)


def page_remove_rmap(page: Page) -> None:
    """A pte is gone; the charge stays, for it ends with the page."""
    if not PageAnon(page):
        page_remove_file_rmap(page)
        return
    atomic_dec(page._mapcount)
