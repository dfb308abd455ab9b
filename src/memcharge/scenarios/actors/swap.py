# SPDX-License-Identifier: GPL-2.0-only
"""Who writes pages out and reads them in, and the disk."""

from memcharge.editions.v2_6_34.filemap import end_page_writeback
from memcharge.editions.v2_6_34.memory import do_page_fault
from memcharge.editions.v2_6_34.page_io import end_swap_bio_write
from memcharge.editions.v2_6_34.swap import put_page
from memcharge.editions.v2_6_34.swap_state import read_swap_cache_async
from memcharge.editions.v2_6_34.swapoff import sys_swapoff
from memcharge.editions.v2_6_34.vmscan import shrink_inactive_list
from memcharge.kernel import *

TASKS = {
    "swap_out": "bystander",
    "writepage": "bystander",
    "end_io": "bystander",
    "readahead": "bystander",
    "swap_in": "faulting_task",
    "swapoff": "bystander",
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


def writepage(reclaimed_page: Page) -> None:
    """Reclaim writes a page out and does not come again: it stays in the swap cache."""
    _freed, written = shrink_inactive_list(reclaimed_page)
    if written:
        end_swap_bio_write(reclaimed_page)


def end_io(page: Page) -> None:
    """The disk has written the page that was under writeback at the start."""
    end_page_writeback(page)


def readahead(faulting_vma: VmAreaStruct) -> None:
    """Somebody who wants a neighbour reads the page into the swap cache too."""
    page = read_swap_cache_async(1, GFP_KERNEL, faulting_vma)
    if page is not None:
        put_page(page)


def swap_in(faulting_vma: VmAreaStruct) -> None:
    """A program reads ahead, and then touches the page's address."""
    readahead(faulting_vma)
    do_page_fault(faulting_vma, 0)


def swapoff() -> None:
    """The administrator takes the swap area out of use."""
    sys_swapoff()
