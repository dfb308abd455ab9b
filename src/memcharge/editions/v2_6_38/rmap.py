# SPDX-License-Identifier: GPL-2.0-only
"""The count of ptes that map a page (mm/rmap.c)."""

from memcharge.editions.v2_6_34.memcontrol import mem_cgroup_uncharge_page
from memcharge.editions.v2_6_38.memcontrol import mem_cgroup_update_page_stat
from memcharge.kernel import *


def page_add_file_rmap(page: Page) -> None:
    """One more pte maps a file page; only the first one is counted for the group."""
    if atomic_inc_and_test(page._mapcount):
        mem_cgroup_update_page_stat(page, MEM_CGROUP_STAT_FILE_MAPPED, 1)


def page_remove_rmap(page: Page) -> None:
    """A pte is gone; with the last one an anonymous page loses its charge."""
    if not atomic_add_negative(-1, page._mapcount):
        return
    if PageAnon(page):
        mem_cgroup_uncharge_page(page)
    else:
        mem_cgroup_update_page_stat(page, MEM_CGROUP_STAT_FILE_MAPPED, -1)
