# SPDX-License-Identifier: GPL-2.0-only
"""From a page to the ptes that map it, and the count of those (mm/rmap.c).

The count and what hangs on its changes from and to zero are separate steps:
another CPU under another pte lock may do both of its own in between.
"""

from typing import TYPE_CHECKING

from memcharge.editions.v2_6_34.memcontrol import (
    mem_cgroup_uncharge_page,
    mem_cgroup_update_file_mapped,
)
from memcharge.editions.v2_6_34.swap import lru_cache_add_lru, put_page
from memcharge.editions.v2_6_34.swapfile import swap_duplicate
from memcharge.kernel import *

if TYPE_CHECKING:
    from memcharge.editions.v2_6_34.migrate import remove_migration_pte

TTU_UNMAP = 0
TTU_MIGRATION = 1


def __page_set_anon_rmap(page: Page, vma: VmAreaStruct) -> None:
    BUG_ON(vma.anon_vma is None)
    page.mapping = vma.anon_vma
    page.index = vma.vm_pgoff


def page_add_anon_rmap(page: Page, vma: VmAreaStruct) -> None:
    """One more pte maps an anonymous page; the caller has locked it."""
    first = atomic_inc_and_test(page._mapcount)
    BUG_ON(not PageLocked(page))
    if first:
        __page_set_anon_rmap(page, vma)


def page_add_new_anon_rmap(page: Page, vma: VmAreaStruct) -> None:
    """The first pte maps an anonymous page that nobody else knows yet."""
    SetPageSwapBacked(page)
    atomic_set(page._mapcount, 0)
    __page_set_anon_rmap(page, vma)
    lru_cache_add_lru(page)


def page_add_file_rmap(page: Page) -> None:
    """One more pte maps a file page; only the first one is counted for the group."""
    if atomic_inc_and_test(page._mapcount):
        mem_cgroup_update_file_mapped(page, 1)


def page_dup_rmap(page: Page) -> None:
    """fork() copied a pte."""
    atomic_inc(page._mapcount)


def page_remove_rmap(page: Page) -> None:
    """A pte is gone; with the last one an anonymous page loses its charge.

    `mapping` stays: another CPU may be adding a pte, and the field is trusted
    only while the page is mapped.
    """
    if not atomic_add_negative(-1, page._mapcount):
        return
    if PageAnon(page):
        mem_cgroup_uncharge_page(page)
    else:
        mem_cgroup_update_file_mapped(page, -1)


def page_check_address(page: Page, vma: VmAreaStruct) -> bool:
    """Whether the pte maps the page; if so, it stays locked."""
    if not pte_present(vma.pte):
        return False
    spin_lock(vma.ptl)
    pte = vma.pte
    if pte_present(pte) and vm_normal_page(pte) is page:
        return True
    spin_unlock(vma.ptl)
    return False


def try_to_unmap_one(page: Page, vma: VmAreaStruct, flags: int) -> int:
    """Replace one pte: by a swap entry, by a migration entry if that is asked for, or by none."""
    if not page_check_address(page, vma):
        return SWAP_AGAIN
    pteval = ptep_clear_flush(vma)
    if pte_write(pteval):
        SetPageDirty(page)
    if PageAnon(page):
        if PageSwapCache(page):
            # Even for a migration: the fault finds the page in the swap cache.
            entry = page.private
            swap_duplicate(entry)
            vma.pte = swp_entry_to_pte(entry)
        else:
            BUG_ON(flags != TTU_MIGRATION)
            vma.pte = make_migration_entry(page, pte_write(pteval))
    elif flags == TTU_MIGRATION:
        vma.pte = make_migration_entry(page, pte_write(pteval))
    page_remove_rmap(page)
    put_page(page)
    spin_unlock(vma.ptl)
    return SWAP_AGAIN


def page_lock_anon_vma(page: Page) -> AddressSpace | None:
    """The page's anon_vma, locked; none if the page is not mapped any more."""
    anon_vma = page.mapping
    if anon_vma is None or not anon_vma.anon:
        return None
    if not page_mapped(page):
        return None
    spin_lock(anon_vma.lock)
    return anon_vma


def try_to_unmap_anon(page: Page, flags: int) -> int:
    ret = SWAP_AGAIN
    anon_vma = page_lock_anon_vma(page)
    if anon_vma is None:
        return ret
    for vma in any_order(VmAreaStruct):
        if vma.anon_vma is anon_vma:
            ret = try_to_unmap_one(page, vma, flags)
            if ret != SWAP_AGAIN or not page_mapped(page):
                break
    spin_unlock(anon_vma.lock)
    return ret


def try_to_unmap_file(page: Page, flags: int) -> int:
    mapping = page.mapping
    ret = SWAP_AGAIN
    spin_lock(mapping.i_mmap_lock)
    for vma in any_order(VmAreaStruct):
        if vma.vm_file is mapping:
            ret = try_to_unmap_one(page, vma, flags)
            if ret != SWAP_AGAIN or not page_mapped(page):
                break
    spin_unlock(mapping.i_mmap_lock)
    return ret


def try_to_unmap(page: Page, flags: int) -> int:
    """Unmap the page everywhere; SWAP_SUCCESS if that left no mapping."""
    BUG_ON(not PageLocked(page))
    if PageAnon(page):
        ret = try_to_unmap_anon(page, flags)
    else:
        ret = try_to_unmap_file(page, flags)
    if not page_mapped(page):
        ret = SWAP_SUCCESS
    return ret


def rmap_walk_anon(page: Page, arg: Page) -> int:
    """The parent's area before the child's: fork() may copy a migration entry in between."""
    ret = SWAP_AGAIN
    anon_vma = page.mapping
    if anon_vma is None:
        return ret
    spin_lock(anon_vma.lock)
    for vma in any_order(VmAreaStruct):
        if vma.anon_vma is anon_vma and not vma.forked:
            ret = remove_migration_pte(page, vma, arg)
            if ret != SWAP_AGAIN:
                break
    for vma in each(VmAreaStruct):
        if vma.anon_vma is anon_vma and vma.forked:
            ret = remove_migration_pte(page, vma, arg)
    spin_unlock(anon_vma.lock)
    return ret


def rmap_walk_file(page: Page, arg: Page) -> int:
    ret = SWAP_AGAIN
    mapping = page.mapping
    if mapping is None:
        return ret
    spin_lock(mapping.i_mmap_lock)
    for vma in any_order(VmAreaStruct):
        if vma.vm_file is mapping and not vma.forked:
            ret = remove_migration_pte(page, vma, arg)
            if ret != SWAP_AGAIN:
                break
    for vma in each(VmAreaStruct):
        if vma.vm_file is mapping and vma.forked:
            ret = remove_migration_pte(page, vma, arg)
    spin_unlock(mapping.i_mmap_lock)
    return ret


def rmap_walk(page: Page, arg: Page) -> int:
    """Visit every place that may map the page; migration is the only visitor."""
    BUG_ON(not PageLocked(page))
    if PageAnon(page):
        return rmap_walk_anon(page, arg)
    return rmap_walk_file(page, arg)
