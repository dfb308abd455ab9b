# SPDX-License-Identifier: GPL-2.0-only
"""Charge a page at once, and the new page of a migration before anything else.

Both pages are charged while the old one is moved, and nothing keeps the old
one's charge when it is unmapped: after a failure it is charged again while it
is mapped again, where nobody may wait, and that may fail.  A page in the swap
cache is charged as any other: mapped or in a file's tree.  Only memory is
counted, not swap.

Derived backwards from 2.6.29.  Not included: what that does not include, a page
that waits for its LRU list, and how reclaim for a group ends.
"""

from memcharge.editions.v2_6_29 import page_add_file_rmap
from memcharge.editions.v2_6_34.cgroup import css_get, css_put
from memcharge.editions.v2_6_34.filemap import VM_FAULT_OOM
from memcharge.editions.v2_6_34.memcontrol import (
    MEM_CGROUP_CHARGE_TYPE_CACHE,
    MEM_CGROUP_CHARGE_TYPE_FORCE,
    MEM_CGROUP_CHARGE_TYPE_MAPPED,
    MEM_CGROUP_CHARGE_TYPE_SHMEM,
    __do_uncharge,
    lookup_page_cgroup,
    mem_cgroup_charge_common,
    mem_cgroup_charge_statistics,
    mem_cgroup_disabled,
    mem_cgroup_is_root,
    mem_cgroup_uncharge_cache_page,
    mem_cgroup_uncharge_page,
)
from memcharge.editions.v2_6_34.memory import do_wp_page
from memcharge.editions.v2_6_34.migrate import (
    migration_entry_wait,
    move_to_new_page,
    remove_migration_ptes,
)
from memcharge.editions.v2_6_34.page_alloc import alloc_page
from memcharge.editions.v2_6_34.rmap import (
    TTU_MIGRATION,
    page_add_anon_rmap,
    try_to_unmap,
)
from memcharge.editions.v2_6_34.swap import put_page
from memcharge.editions.v2_6_34.swap_state import lookup_swap_cache, read_swap_cache_async
from memcharge.editions.v2_6_34.swapfile import (
    reuse_swap_page,
    swap_free,
    try_to_free_swap,
    vm_swap_full,
)
from memcharge.editions.v2_6_34.vmscan import putback_lru_page
from memcharge.kernel import *

BASE = "v2_6_29"
PROVENANCE = (
    'e8589cc189f9 ("memcg: better migration handling") and 69029cd55028 ("memcg: remove refcnt '
    'from page_cgroup") (in v2.6.27), read in v2.6.28'
)
REMOVED = (
    "__mem_cgroup_commit_charge_swapin",
    "__unmap_and_move",
    "mem_cgroup_cancel_charge_swapin",
    "mem_cgroup_commit_charge_swapin",
    "mem_cgroup_try_charge_swapin",
    "try_get_mem_cgroup_from_swapcache",
)

do_swap_account = 0


def counts_memsw_by_choice() -> bool:
    """Memory and swap are counted together since 2.6.29."""
    return False


def mem_cgroup_charge(page: Page, mm: MmStruct | None, gfp_mask: int) -> int:
    """Charge an anonymous page that is not mapped; 0 or -ENOMEM."""
    if mem_cgroup_disabled():
        return 0
    if page_mapped(page) or (page.mapping is not None and not PageAnon(page)):
        return 0
    memcg = root_mem_cgroup if mm is None else None
    return mem_cgroup_charge_common(page, mm, gfp_mask, MEM_CGROUP_CHARGE_TYPE_MAPPED, memcg)


def mem_cgroup_newpage_charge(page: Page, mm: MmStruct | None, gfp_mask: int) -> int:
    """The same for those who call it by its later name."""
    return mem_cgroup_charge(page, mm, gfp_mask)


def mem_cgroup_cache_charge(page: Page, mm: MmStruct | None, gfp_mask: int) -> int:
    """Charge a page before it enters a file's tree; a page charged already is left alone."""
    if mem_cgroup_disabled():
        return 0
    if gfp_mask & GFP_WAIT == 0:
        pc = lookup_page_cgroup(page)
        lock_page_cgroup(pc)
        used = PageCgroupUsed(pc)
        unlock_page_cgroup(pc)
        if used:
            return 0
    ctype = MEM_CGROUP_CHARGE_TYPE_SHMEM
    if page_is_file_cache(page):
        ctype = MEM_CGROUP_CHARGE_TYPE_CACHE
    memcg = root_mem_cgroup if mm is None else None
    return mem_cgroup_charge_common(page, mm, gfp_mask, ctype, memcg)


def mem_cgroup_shmem_charge_fallback(page: Page, mm: MmStruct | None, gfp_mask: int) -> int:
    """Make room in the group, where one may wait for it; mem_cgroup_shrink_usage() there."""
    return 0


def __mem_cgroup_uncharge_common(page: Page, ctype: int) -> MemCgroup | None:
    """Uncharge a page unless it is mapped and was charged for that."""
    if mem_cgroup_disabled():
        return None
    pc = lookup_page_cgroup(page)
    if not PageCgroupUsed(pc):
        return None
    lock_page_cgroup(pc)
    mapped = ctype == MEM_CGROUP_CHARGE_TYPE_MAPPED and page_mapped(page)
    if mapped or not PageCgroupUsed(pc):
        unlock_page_cgroup(pc)
        return None
    ClearPageCgroupUsed(pc)
    mem = pc.mem_cgroup
    mem_cgroup_charge_statistics(mem, pc, False)
    unlock_page_cgroup(pc)
    if not mem_cgroup_is_root(mem):
        __do_uncharge(mem, ctype)
    css_put(mem.css)
    return mem


def mem_cgroup_uncharge_swapcache(page: Page, ent: int, swapout: bool) -> None:
    """Leaving the swap cache changes no charge."""


def mem_cgroup_prepare_migration(page: Page, newpage: Page) -> int:
    """Charge the new page to the old one's group; neither is locked.  0 or -ENOMEM."""
    mem: MemCgroup | None = None
    ctype = MEM_CGROUP_CHARGE_TYPE_MAPPED
    if mem_cgroup_disabled():
        return 0
    pc = lookup_page_cgroup(page)
    lock_page_cgroup(pc)
    if PageCgroupUsed(pc):
        mem = pc.mem_cgroup
        css_get(mem.css)
        if PageCgroupCache(pc):
            ctype = MEM_CGROUP_CHARGE_TYPE_SHMEM
            if page_is_file_cache(page):
                ctype = MEM_CGROUP_CHARGE_TYPE_CACHE
    unlock_page_cgroup(pc)
    ret = 0
    if mem is not None:
        ret = mem_cgroup_charge_common(newpage, None, GFP_KERNEL, ctype, mem)
        css_put(mem.css)
    return ret


def mem_cgroup_end_migration(newpage: Page) -> None:
    """A new page without a mapping has not been needed; an anonymous one may not be any more."""
    if newpage.mapping is None:
        __mem_cgroup_uncharge_common(newpage, MEM_CGROUP_CHARGE_TYPE_FORCE)
    elif PageAnon(newpage):
        mem_cgroup_uncharge_page(newpage)


def remove_migration_pte(new: Page, vma: VmAreaStruct, old: Page) -> int:
    """Make a migration entry for `old` a pte for `new`.

    After a failure that is the old page, which may have lost its charge.
    Whether it gets a new one is not asked.
    """
    if pte_none(vma.pte) or pte_present(vma.pte):
        return SWAP_AGAIN
    spin_lock(vma.ptl)
    pte = vma.pte
    if is_migration_entry(pte) and migration_entry_to_page(pte) is old:
        mem_cgroup_charge(new, vma.vm_mm, GFP_ATOMIC)
        get_page(new)
        restored = mk_pte(new)
        if is_write_migration_entry(pte):
            restored = pte_mkwrite(restored)
        vma.pte = restored
        if PageAnon(new):
            page_add_anon_rmap(new, vma)
        else:
            page_add_file_rmap(new)
    spin_unlock(vma.ptl)
    return SWAP_AGAIN


def migrate_page_copy(newpage: Page, page: Page) -> None:
    """Carry the flags over, forget the old page's place, and uncharge it if it was a file's."""
    if PageUptodate(page):
        SetPageUptodate(newpage)
    if PageMappedToDisk(page):
        SetPageMappedToDisk(newpage)
    if TestClearPageDirty(page):
        SetPageDirty(newpage)
    ClearPageSwapCache(page)
    page.private = 0
    anon = PageAnon(page)
    page.mapping = None
    if not anon:
        mem_cgroup_uncharge_cache_page(page)


def unmap_and_move(page: Page, force: bool) -> tuple[int, bool]:
    """Try once to move a page; also whether it is still on the caller's list."""
    newpage = alloc_page(GFP_KERNEL)
    if newpage is None:
        return -ENOMEM, True
    if page_count(page) == 1:
        putback_lru_page(newpage)
        return 0, True
    if mem_cgroup_prepare_migration(page, newpage) == -ENOMEM:
        putback_lru_page(newpage)
        return -ENOMEM, True
    rc = -EAGAIN
    listed = True
    locked = trylock_page(page)
    if not locked and force:
        lock_page(page)
        locked = True
    if locked:
        writeback = PageWriteback(page)
        if writeback and force:
            wait_on_page_writeback(page)
        if (not writeback or force) and page.mapping is not None:
            try_to_unmap(page, TTU_MIGRATION)
            if not page_mapped(page):
                rc = move_to_new_page(newpage, page)
            if rc != 0:
                remove_migration_ptes(page, page)
        unlock_page(page)
        if rc != -EAGAIN:
            listed = False
            putback_lru_page(page)
    mem_cgroup_end_migration(newpage)
    putback_lru_page(newpage)
    return rc, listed


def do_swap_page(mm: MmStruct, vma: VmAreaStruct, flags: int, orig_pte: int) -> int:
    """The pte is neither empty nor present: wait for the migration, or bring the page in."""
    if non_swap_entry(orig_pte):
        migration_entry_wait(vma)
        return 0
    entry = pte_to_swp_entry(orig_pte)
    page = lookup_swap_cache(entry)
    if page is None:
        page = read_swap_cache_async(entry, GFP_KERNEL, vma)
        if page is None:
            spin_lock(vma.ptl)
            ret = VM_FAULT_OOM if vma.pte == orig_pte else 0
            spin_unlock(vma.ptl)
            return ret
    lock_page(page)
    if mem_cgroup_charge(page, mm, GFP_KERNEL) != 0:
        # The kernel keeps the reference here.
        unlock_page(page)
        return VM_FAULT_OOM
    spin_lock(vma.ptl)
    if vma.pte != orig_pte or not PageUptodate(page):
        mem_cgroup_uncharge_page(page)
        spin_unlock(vma.ptl)
        unlock_page(page)
        put_page(page)
        return 0
    pte = mk_pte(page)
    write = flags & FAULT_FLAG_WRITE != 0
    if write and reuse_swap_page(page):
        pte = pte_mkwrite(pte)
        write = False
    vma.pte = pte
    page_add_anon_rmap(page, vma)
    swap_free(entry)
    if vm_swap_full():
        try_to_free_swap(page)
    unlock_page(page)
    if write:
        return do_wp_page(mm, vma, pte)
    spin_unlock(vma.ptl)
    return 0


def unuse_pte(vma: VmAreaStruct, entry: int, page: Page) -> int:
    """Map the locked page where the slot is named: 1 if done, 0 if that has changed, or -ENOMEM."""
    if mem_cgroup_charge(page, vma.vm_mm, GFP_KERNEL) != 0:
        return -ENOMEM
    spin_lock(vma.ptl)
    if vma.pte != swp_entry_to_pte(entry):
        mem_cgroup_uncharge_page(page)
        spin_unlock(vma.ptl)
        return 0
    get_page(page)
    vma.pte = mk_pte(page)
    page_add_anon_rmap(page, vma)
    swap_free(entry)
    spin_unlock(vma.ptl)
    return 1
