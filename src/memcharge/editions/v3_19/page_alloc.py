# SPDX-License-Identifier: GPL-2.0-only
"""Freeing pages (mm/page_alloc.c)."""

from memcharge.editions.v2_6_34.page_alloc import free_pages_check
from memcharge.kernel import *


def free_hot_cold_page(page: Page) -> None:
    """Give the page back, which must not be charged any more (mm/page_alloc.c)."""
    with atomic():
        if PageAnon(page):
            page.mapping = None
        free_pages_check(page)
        BUG_ON(page.mem_cgroup is not None)
        page.PG_uptodate = False
        page.PG_dirty = False
        page.PG_swapbacked = False
        page.PG_mappedtodisk = False
        page.private = 0
        page.PG_buddy = True
