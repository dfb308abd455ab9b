# SPDX-License-Identifier: GPL-2.0-only
"""Buffers of a page, as a reference that belongs to it (fs/buffer.c).

A page with buffers has PG_private set, and the buffers hold a reference.
"""

from memcharge.editions.v2_6_34.swap import put_page
from memcharge.kernel import *


def page_has_private(page: Page) -> int:
    """How many references the page has for that reason: one or none."""
    return 1 if PagePrivate(page) else 0


def try_to_free_buffers(page: Page) -> bool:
    """Free the buffers of the locked page; not while the disk may still need them."""
    BUG_ON(not PageLocked(page))
    if PageDirty(page) or PageWriteback(page):
        return False
    ClearPagePrivate(page)
    put_page(page)
    return True


def try_to_release_page(page: Page, gfp_mask: int) -> bool:
    """Ask the file system to let go of its private data (mm/filemap.c); true if it did."""
    BUG_ON(not PageLocked(page))
    if PageWriteback(page):
        return False
    return try_to_free_buffers(page)


def block_invalidatepage(page: Page) -> None:
    """The page's contents are not wanted any more: forget what is to be written."""
    try_to_release_page(page, 0)
