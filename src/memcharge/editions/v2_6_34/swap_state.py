# SPDX-License-Identifier: GPL-2.0-only
"""What the rest of mm asks about swap cache pages (mm/swap_state.c, include/linux/mm.h)."""

from memcharge.kernel import *


def page_mapping(page: Page) -> AddressSpace | None:
    """The tree that holds the page: a file's, the swap cache, or none for anonymous memory."""
    mapping = page.mapping
    if PageSwapCache(page):
        return swapper_space
    if mapping is not None and mapping.anon:
        return None
    return mapping


def page_index(page: Page) -> int:
    """The page's place in that tree."""
    if PageSwapCache(page):
        return page.private
    return page.index
