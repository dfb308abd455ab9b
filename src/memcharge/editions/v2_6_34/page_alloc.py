# SPDX-License-Identifier: GPL-2.0-only
"""The page allocator for single pages (mm/page_alloc.c)."""

from memcharge.kernel import *


def alloc_page(gfp_mask: int) -> Page | None:
    """Hand out a free page, any of them, with one reference and no flags; none if there is none.

    The page_cgroup stays as it was, so a bit left set is the next owner's problem.
    """
    page: Page | None = None
    failing = config.fail_page_alloc and choose(2) == 1
    spin_lock(contig_zone.lock)
    for candidate in each(Page):
        if PageBuddy(candidate) and not failing:
            if page is None or choose(2) == 1:
                page = candidate
    if page is not None:
        ClearPageBuddy(page)
        atomic_set(page._count, 1)
    spin_unlock(contig_zone.lock)
    return page


def free_pages_check(page: Page) -> None:
    """A page that is freed must be unmapped, in no mapping, unused and unflagged."""
    BUG_ON(page._mapcount.counter != -1)
    BUG_ON(page.mapping is not None)
    BUG_ON(page._count.counter != 0)
    BUG_ON(page.PG_lru or page.PG_locked or page.PG_private or page.PG_writeback)
    BUG_ON(page.PG_swapcache or page.PG_active or page.PG_unevictable or page.PG_buddy)


def free_hot_cold_page(page: Page) -> None:
    """Give the page back: nobody holds a reference, so this is one step.

    An anonymous page keeps its mapping until here, see page_remove_rmap().
    """
    with atomic():
        if PageAnon(page):
            page.mapping = None
        free_pages_check(page)
        page.PG_uptodate = False
        page.PG_dirty = False
        page.PG_swapbacked = False
        page.PG_mappedtodisk = False
        page.private = 0
        page.PG_buddy = True
