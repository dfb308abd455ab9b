# SPDX-License-Identifier: GPL-2.0-only
"""Pages of tmpfs and shared anonymous memory (mm/shmem.c): one replaced by another."""

from memcharge.editions.v2_6_34.swap import lru_cache_add_lru
from memcharge.editions.v3_6.shmem import (
    shmem_drop_replaced,
    shmem_radix_tree_replace,
    shmem_replacement,
)
from memcharge.editions.v3_19.memcontrol import mem_cgroup_migrate
from memcharge.kernel import *


def shmem_replace_page(page: Page) -> tuple[int, Page]:
    """Put a new locked page in the place of the swap cache's; 0 or an error, and which stays."""
    swap_index = page.private
    newpage = shmem_replacement(swap_index)
    if newpage is None:
        return -ENOMEM, page
    spin_lock(swapper_space.tree_lock)
    error = shmem_radix_tree_replace(swapper_space, swap_index, page, newpage)
    spin_unlock(swapper_space.tree_lock)
    if error != 0:
        shmem_drop_replaced(newpage)
        return error, page
    mem_cgroup_migrate(page, newpage, True)
    lru_cache_add_lru(newpage)
    shmem_drop_replaced(page)
    return 0, newpage
