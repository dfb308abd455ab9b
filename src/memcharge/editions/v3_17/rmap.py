# SPDX-License-Identifier: GPL-2.0-only
"""The count of ptes that map a page (mm/rmap.c)."""

from memcharge.editions.v3_4.memcontrol import mem_cgroup_update_page_stat
from memcharge.editions.v3_4.memcontrol_move import (
    mem_cgroup_begin_update_page_stat,
    mem_cgroup_end_update_page_stat,
)
from memcharge.kernel import *


def page_remove_rmap(page: Page) -> None:
    """A pte is gone; the charge stays, for it ends with the page."""
    anon = PageAnon(page)
    if anon:
        atomic_dec(page._mapcount)
        return
    locked = mem_cgroup_begin_update_page_stat(page)
    if atomic_add_negative(-1, page._mapcount):
        mem_cgroup_update_page_stat(page, MEM_CGROUP_STAT_FILE_MAPPED, -1)
    mem_cgroup_end_update_page_stat(page, locked)
