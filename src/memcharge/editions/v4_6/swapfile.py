# SPDX-License-Identifier: GPL-2.0-only
"""Swap slots and how often they are used (mm/swapfile.c)."""

from memcharge.editions.v2_6_34.swapfile import swap_count
from memcharge.editions.v3_17.memcontrol import mem_cgroup_uncharge_swap
from memcharge.kernel import *


def swap_entry_free(p: SwapInfoStruct, entry: int, usage: int) -> int:
    """Drop the cache bit, if `usage` is that, or one of the count; what is left.

    The group's charge for the slot ends when neither is left: as long as the
    cache keeps the page, that is read in on the group's account.
    """
    offset = swp_offset(entry)
    count = p.swap_map[offset]
    has_cache = count & SWAP_HAS_CACHE
    count = swap_count(count)
    if usage == SWAP_HAS_CACHE:
        BUG_ON(has_cache == 0)
        has_cache = 0
    elif count == SWAP_MAP_SHMEM:
        count = 0
    else:
        BUG_ON(count == 0)
        count -= 1
    usage = count | has_cache
    p.swap_map[offset] = usage
    if usage == 0:
        mem_cgroup_uncharge_swap(entry)
    return usage
