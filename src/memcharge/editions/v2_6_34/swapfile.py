# SPDX-License-Identifier: GPL-2.0-only
"""Swap slots and how often they are used (mm/swapfile.c).

A slot's count is the number of ptes that name it, and a bit beside the count
says whether the swap cache has a page for it.  swap_lock guards both, and is
held while the group is told that the last user of the slot is gone.
"""

from typing import TYPE_CHECKING

from memcharge.editions.v2_6_34.filemap import find_get_page
from memcharge.editions.v2_6_34.memcontrol_swap import (
    mem_cgroup_uncharge_swap,
    mem_cgroup_uncharge_swapcache,
)
from memcharge.editions.v2_6_34.swap import put_page
from memcharge.kernel import *

if TYPE_CHECKING:
    from memcharge.editions.v2_6_34.swap_state import delete_from_swap_cache


def swap_count(ent: int) -> int:
    """The count without the cache bit."""
    return ent & ~SWAP_HAS_CACHE


def vm_swap_full() -> bool:
    """Whether swap runs short: the one slot stands for many, so it does not."""
    return False


def get_swap_page() -> int:
    """Take a free slot for the swap cache; 0 if there is none, or if the area is going."""
    entry = 0
    spin_lock(swap_lock)
    if swap_info.flags == SWP_WRITEOK and swap_info.swap_map[1] == 0:
        swap_info.swap_map[1] = SWAP_HAS_CACHE
        entry = 1
    spin_unlock(swap_lock)
    return entry


def swap_info_get(entry: int) -> SwapInfoStruct | None:
    """The area that has the slot, with swap_lock taken; none, with a complaint, if it is free."""
    if entry == 0:
        return None
    p = swap_info
    # Without the lock: a caller whose entry counts cannot see it free.
    if WARN_ON(p.swap_map[swp_offset(entry)] == 0):
        return None
    spin_lock(swap_lock)
    return p


def swap_entry_free(p: SwapInfoStruct, entry: int, usage: int) -> int:
    """Drop the cache bit, if `usage` is that, or one of the count; what is left.

    The group's charge for the slot ends with the count, even if the cache
    keeps the page (8a9478ca7f41).  A count of none wraps around in the kernel,
    and the slot is lost for good; here that is the end of the run.
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
    if count == 0:
        mem_cgroup_uncharge_swap(entry)
    usage = count | has_cache
    p.swap_map[offset] = usage
    return usage


def swap_free(entry: int) -> None:
    """A pte does not name the slot any more."""
    p = swap_info_get(entry)
    if p is not None:
        swap_entry_free(p, entry, 1)
        spin_unlock(swap_lock)


def swapcache_free(entry: int, page: Page | None) -> None:
    """The swap cache has dropped the page: the slot takes its charge over, if still in use."""
    p = swap_info_get(entry)
    if p is not None:
        count = swap_entry_free(p, entry, SWAP_HAS_CACHE)
        if page is not None:
            mem_cgroup_uncharge_swapcache(page, entry, count != 0)
        spin_unlock(swap_lock)


def page_swapcount(page: Page) -> int:
    """How many ptes name the slot of a page in the swap cache."""
    count = 0
    entry = page.private
    p = swap_info_get(entry)
    if p is not None:
        count = swap_count(p.swap_map[swp_offset(entry)])
        spin_unlock(swap_lock)
    return count


def mem_cgroup_count_swap_user(ent: int) -> tuple[int, Page | None]:
    """How many ptes have the page or name its slot; and the page, with a reference, if cached."""
    count = 0
    page = find_get_page(swapper_space, ent)
    if page is not None:
        count += page_mapcount(page)
    p = swap_info_get(ent)
    if p is not None:
        count += swap_count(p.swap_map[swp_offset(ent)])
        spin_unlock(swap_lock)
    return count, page


def reuse_swap_page(page: Page) -> bool:
    """Whether a writer may have the locked page as it is, because nobody else uses it.

    The slot is then stale, so it goes, unless the disk still reads the page.
    """
    BUG_ON(not PageLocked(page))
    count = page_mapcount(page)
    if count <= 1 and PageSwapCache(page):
        count += page_swapcount(page)
        if count == 1 and not PageWriteback(page):
            delete_from_swap_cache(page)
            SetPageDirty(page)
    return count <= 1


def try_to_free_swap(page: Page) -> bool:
    """Take the locked page out of the swap cache if no pte names its slot; true if done."""
    BUG_ON(not PageLocked(page))
    if not PageSwapCache(page):
        return False
    if PageWriteback(page):
        return False
    if page_swapcount(page) != 0:
        return False
    delete_from_swap_cache(page)
    SetPageDirty(page)
    return True


def free_swap_and_cache(entry: int) -> bool:
    """Like swap_free(), and let the page in the cache go that nobody will ask for.

    It stays if somebody has locked it; reclaim finds it then.
    """
    page: Page | None = None
    p = swap_info_get(entry)
    if p is not None:
        if swap_entry_free(p, entry, 1) == SWAP_HAS_CACHE:
            page = find_get_page(swapper_space, entry)
            if page is not None and not trylock_page(page):
                put_page(page)
                page = None
        spin_unlock(swap_lock)
    if page is not None:
        if PageSwapCache(page) and not PageWriteback(page) and not page_mapped(page):
            delete_from_swap_cache(page)
            SetPageDirty(page)
        unlock_page(page)
        put_page(page)
    return p is not None


def __swap_duplicate(entry: int, usage: int) -> int:
    """Set the cache bit, if `usage` is that, or add to the count; 0 or an error."""
    err = 0
    offset = swp_offset(entry)
    spin_lock(swap_lock)
    count = swap_info.swap_map[offset]
    has_cache = count & SWAP_HAS_CACHE
    count = swap_count(count)
    if usage == SWAP_HAS_CACHE:
        if has_cache != 0:
            err = -EEXIST
        elif count != 0:
            has_cache = SWAP_HAS_CACHE
        else:
            err = -ENOENT
    elif count != 0 or has_cache != 0:
        BUG_ON(count >= SWAP_MAP_MAX)
        count += usage
    else:
        err = -ENOENT
    swap_info.swap_map[offset] = count | has_cache
    spin_unlock(swap_lock)
    return err


def swap_shmem_alloc(entry: int) -> None:
    """A shmem file names the slot, which is never counted."""
    __swap_duplicate(entry, SWAP_MAP_SHMEM)


def swap_duplicate(entry: int) -> int:
    """One more pte names the slot; 0, for the kernel's only error is lack of memory."""
    __swap_duplicate(entry, 1)
    return 0


def swapcache_prepare(entry: int) -> int:
    """Claim the right to put a page for the slot into the swap cache; 0 or an error."""
    return __swap_duplicate(entry, SWAP_HAS_CACHE)
