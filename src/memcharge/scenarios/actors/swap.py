# SPDX-License-Identifier: GPL-2.0-only
"""Who writes pages out, and the disk."""

from memcharge.editions.v2_6_34.filemap import end_page_writeback
from memcharge.editions.v2_6_34.page_io import end_swap_bio_write
from memcharge.editions.v2_6_34.vmscan import shrink_inactive_list
from memcharge.kernel import *

TASKS = {
    "swap_out": "bystander",
    "end_io": "bystander",
}


def swap_out(reclaimed_page: Page) -> None:
    """Reclaim writes a page out and, when the disk is done, comes again to free it.

    A second one is after the page that the first page may have moved to.
    """
    rounds = 0
    written = True
    while written and rounds < 2:
        _freed, written = shrink_inactive_list(reclaimed_page)
        if written:
            end_swap_bio_write(reclaimed_page)
        rounds += 1


def end_io(page: Page) -> None:
    """The disk has written the page that was under writeback at the start."""
    end_page_writeback(page)
