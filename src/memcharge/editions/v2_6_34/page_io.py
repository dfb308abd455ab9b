# SPDX-License-Identifier: GPL-2.0-only
"""Reading and writing swap (mm/page_io.c)."""

from memcharge.editions.v2_6_34.filemap import end_page_writeback
from memcharge.editions.v2_6_34.swapfile import try_to_free_swap
from memcharge.kernel import *


def swap_readpage(page: Page) -> None:
    """The disk fills the locked page and unlocks it."""
    BUG_ON(not PageLocked(page))
    BUG_ON(PageUptodate(page))
    SetPageUptodate(page)
    unlock_page(page)


def swap_writepage(page: Page) -> bool:
    """Give the locked page to the disk, unless nobody needs the slot any more.

    The page is unlocked from here on.  True if the disk got it: then whoever
    plays the disk has to call end_swap_bio_write().
    """
    if try_to_free_swap(page):
        unlock_page(page)
        return False
    SetPageWriteback(page)
    unlock_page(page)
    return True


def end_swap_bio_write(page: Page) -> None:
    """The disk has written the page."""
    end_page_writeback(page)
