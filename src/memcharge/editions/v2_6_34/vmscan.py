# SPDX-License-Identifier: GPL-2.0-only
"""Taking pages off the LRU and back (mm/vmscan.c)."""

from memcharge.editions.v2_6_34.swap import lru_cache_add_lru, put_page
from memcharge.kernel import *


def isolate_lru_page(page: Page) -> int:
    """Take the page off the LRU and a reference with it; 0 or -EBUSY.

    Whoever clears PG_lru owns the page's place on the lists: of two callers
    one fails.  The first test is without the lock, to be cheap.
    """
    ret = -EBUSY
    if PageLRU(page):
        spin_lock(contig_zone.lru_lock)
        if PageLRU(page) and get_page_unless_zero(page):
            ret = 0
            ClearPageLRU(page)
        spin_unlock(contig_zone.lru_lock)
    return ret


def putback_lru_page(page: Page) -> None:
    """Put an isolated page back and drop the reference; an unused page is freed by it."""
    BUG_ON(PageLRU(page))
    lru_cache_add_lru(page)
    put_page(page)
