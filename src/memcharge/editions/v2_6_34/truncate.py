# SPDX-License-Identifier: GPL-2.0-only
"""Taking a file's pages away (mm/truncate.c)."""

from memcharge.editions.v2_6_34.buffer import block_invalidatepage
from memcharge.editions.v2_6_34.filemap import find_get_page, remove_from_page_cache
from memcharge.editions.v2_6_34.memcontrol_stock import (
    mem_cgroup_uncharge_end,
    mem_cgroup_uncharge_start,
)
from memcharge.editions.v2_6_34.memory import unmap_mapping_range
from memcharge.editions.v2_6_34.swap import put_page
from memcharge.kernel import *


def truncate_complete_page(mapping: AddressSpace, page: Page) -> int:
    """Remove the locked page if it is still this mapping's; 0 or -EIO."""
    if page.mapping is not mapping:
        return -EIO
    ClearPageDirty(page)
    if PagePrivate(page):
        block_invalidatepage(page)
    remove_from_page_cache(page)
    ClearPageMappedToDisk(page)
    put_page(page)
    return 0


def truncate_inode_page(mapping: AddressSpace, page: Page) -> int:
    """Unmap the locked page where it is mapped, then remove it."""
    if page_mapped(page):
        unmap_mapping_range(mapping, False)
    return truncate_complete_page(mapping, page)


def truncate_inode_pages(mapping: AddressSpace, lstart: int) -> None:
    """Remove pages until the tree is empty: a page that moved is found again."""
    while True:
        page = find_get_page(mapping, lstart)
        if page is None:
            break
        mem_cgroup_uncharge_start()
        lock_page(page)
        wait_on_page_writeback(page)
        truncate_inode_page(mapping, page)
        unlock_page(page)
        put_page(page)
        mem_cgroup_uncharge_end()
