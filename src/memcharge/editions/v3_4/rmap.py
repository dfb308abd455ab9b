# SPDX-License-Identifier: GPL-2.0-only
"""The count of ptes that map a page (mm/rmap.c)."""

from memcharge.editions.v3_4.memcontrol import (
    mem_cgroup_uncharge_page,
    mem_cgroup_update_page_stat,
)
from memcharge.editions.v3_4.memcontrol_move import (
    mem_cgroup_begin_update_page_stat,
    mem_cgroup_end_update_page_stat,
)
from memcharge.kernel import *


def page_add_file_rmap(page: Page) -> None:
    """One more pte maps a file page; only the first one is counted for the group."""
    locked = mem_cgroup_begin_update_page_stat(page)
    if atomic_inc_and_test(page._mapcount):
        mem_cgroup_update_page_stat(page, MEM_CGROUP_STAT_FILE_MAPPED, 1)
    mem_cgroup_end_update_page_stat(page, locked)


def page_remove_rmap(page: Page) -> None:
    """A pte is gone; with the last one an anonymous page loses its charge.

    Uncharging takes the locks the other way round, and counts nothing of that kind.
    """
    locked = False
    anon = PageAnon(page)
    if not anon:
        locked = mem_cgroup_begin_update_page_stat(page)
    if atomic_add_negative(-1, page._mapcount):
        if anon:
            mem_cgroup_uncharge_page(page)
        else:
            mem_cgroup_update_page_stat(page, MEM_CGROUP_STAT_FILE_MAPPED, -1)
    if not anon:
        mem_cgroup_end_update_page_stat(page, locked)
