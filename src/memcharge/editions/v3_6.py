# SPDX-License-Identifier: GPL-2.0-only
"""One charge for both pages of a migration: the new page is marked as charged at no cost.

Whichever page is not needed in the end is phased out without touching the
counters.  Whoever uncharges looks for the swap cache himself, and the common
part insists that the page is not in it, which it may be by then (28ccddf7952c,
in v3.10, drops the assertion).

Not included: as for v3_4, and the memory that shmem replaces for a zone's sake.
"""

from memcharge.editions.v2_6_34.cgroup import (
    cgroup_exclude_rmdir,
    cgroup_release_and_wakeup_rmdir,
    css_get,
    css_id,
    css_put,
)
from memcharge.editions.v2_6_34.memcontrol import (
    MEM_CGROUP_CHARGE_TYPE_CACHE,
    MEM_CGROUP_CHARGE_TYPE_DROP,
    MEM_CGROUP_CHARGE_TYPE_SWAPOUT,
    do_swap_account,
    lookup_page_cgroup,
    mem_cgroup_disabled,
    mem_cgroup_is_root,
    mem_cgroup_swap_statistics,
)
from memcharge.editions.v2_6_34.memcontrol_group import mem_cgroup_get
from memcharge.editions.v2_6_34.memcontrol_swap import try_get_mem_cgroup_from_page
from memcharge.editions.v2_6_34.migrate import remove_migration_ptes
from memcharge.editions.v2_6_34.page_alloc import alloc_page
from memcharge.editions.v2_6_34.page_cgroup import swap_cgroup_record
from memcharge.editions.v2_6_34.rmap import TTU_MIGRATION, try_to_unmap
from memcharge.editions.v2_6_34.swap import lru_cache_add_lru, put_page
from memcharge.editions.v2_6_34.swap_state import (
    delete_from_swap_cache,
    lookup_swap_cache,
    read_swap_cache_async,
)
from memcharge.editions.v2_6_34.swapfile import swap_free
from memcharge.editions.v2_6_35 import move_to_new_page
from memcharge.editions.v3_4.memcontrol import (
    __mem_cgroup_commit_charge,
    __mem_cgroup_try_charge,
    mem_cgroup_charge_common,
    mem_cgroup_charge_statistics,
    mem_cgroup_do_uncharge,
)
from memcharge.editions.v3_4.memcontrol_swap import __mem_cgroup_commit_charge_swapin
from memcharge.editions.v3_4.shmem import shmem_unuse_inode
from memcharge.kernel import *

BASE = "v3_4"
PROVENANCE = (
    '0030f535a5cf ("mm: memcg: fix compaction/migration failing due to memcg limits", id not '
    'verified), 0c59b89c81ea ("mm: memcg: push down PageSwapCache check into uncharge entry '
    'functions"), bdf4f4d2161a ("mm: memcg: only check swap cache pages for repeated charging") '
    '(in v3.6), d189922862e0 ("shmem: fix negative rss in memcg memory.stat") (in v3.5), read '
    "in v3.6.5"
)

MEM_CGROUP_CHARGE_TYPE_ANON = 1


def __mem_cgroup_try_charge_swapin(
    mm: MmStruct | None, page: Page, mask: int
) -> tuple[int, MemCgroup | None]:
    """Take a page's worth for a page in the swap cache; nothing if it is charged already."""
    memcgp: MemCgroup | None = None
    pc = lookup_page_cgroup(page)
    # The page is locked, so it does not lose its charge.
    if PageCgroupUsed(pc):
        return 0, memcgp
    memcg: MemCgroup | None = None
    if do_swap_account != 0:
        memcg = try_get_mem_cgroup_from_page(page)
    if memcg is not None:
        ret, memcgp = __mem_cgroup_try_charge(None, mask, memcg, True)
        css_put(memcg.css)
    else:
        ret, memcgp = __mem_cgroup_try_charge(mm, mask, None, True)
    if ret == -EINTR:
        ret = 0
    return ret, memcgp


def mem_cgroup_try_charge_swapin(
    mm: MmStruct | None, page: Page, gfp_mask: int
) -> tuple[int, MemCgroup | None]:
    """The same for a page of a fault, which somebody may have taken out of the swap cache."""
    memcgp: MemCgroup | None = None
    if mem_cgroup_disabled():
        return 0, memcgp
    if not PageSwapCache(page):
        ret, memcgp = __mem_cgroup_try_charge(mm, gfp_mask, None, True)
        if ret == -EINTR:
            ret = 0
        return ret, memcgp
    ret, memcgp = __mem_cgroup_try_charge_swapin(mm, page, gfp_mask)
    return ret, memcgp


def mem_cgroup_cache_charge(page: Page, mm: MmStruct | None, gfp_mask: int) -> int:
    """Charge a page before it enters a file's tree."""
    if mem_cgroup_disabled():
        return 0
    if not PageSwapCache(page):
        return mem_cgroup_charge_common(page, mm, gfp_mask, MEM_CGROUP_CHARGE_TYPE_CACHE)
    ret, memcg = __mem_cgroup_try_charge_swapin(mm, page, gfp_mask)
    if ret == 0:
        __mem_cgroup_commit_charge_swapin(page, memcg, MEM_CGROUP_CHARGE_TYPE_CACHE)
    return ret


def __mem_cgroup_uncharge_common(page: Page, ctype: int, end_migration: bool) -> MemCgroup | None:
    """Uncharge a page unless its state says that it still deserves the charge.

    At the end of a migration the charge stays: it belongs to the other page.
    """
    if mem_cgroup_disabled():
        return None
    BUG_ON(PageSwapCache(page))
    pc = lookup_page_cgroup(page)
    if not PageCgroupUsed(pc):
        return None
    lock_page_cgroup(pc)
    memcg = pc.mem_cgroup
    refused = not PageCgroupUsed(pc)
    anon = False
    if not refused:
        anon = PageAnon(page)
        if ctype == MEM_CGROUP_CHARGE_TYPE_ANON or ctype == MEM_CGROUP_CHARGE_TYPE_DROP:
            if ctype == MEM_CGROUP_CHARGE_TYPE_ANON:
                anon = True
            refused = page_mapped(page) or (not end_migration and PageCgroupMigration(pc))
        elif ctype == MEM_CGROUP_CHARGE_TYPE_SWAPOUT:
            if not PageAnon(page):
                refused = page.mapping is not None and not page_is_file_cache(page)
            else:
                refused = page_mapped(page)
    if refused:
        unlock_page_cgroup(pc)
        return None
    mem_cgroup_charge_statistics(memcg, anon, -1)
    ClearPageCgroupUsed(pc)
    unlock_page_cgroup(pc)
    if do_swap_account != 0 and ctype == MEM_CGROUP_CHARGE_TYPE_SWAPOUT:
        mem_cgroup_swap_statistics(memcg, True)
        mem_cgroup_get(memcg)
    if not end_migration and not mem_cgroup_is_root(memcg):
        mem_cgroup_do_uncharge(memcg, ctype)
    return memcg


def mem_cgroup_uncharge_page(page: Page) -> None:
    """The last pte of an anonymous page is gone; in the swap cache it keeps its charge."""
    if page_mapped(page):
        return
    BUG_ON(page.mapping is not None and not PageAnon(page))
    if PageSwapCache(page):
        return
    __mem_cgroup_uncharge_common(page, MEM_CGROUP_CHARGE_TYPE_ANON, False)


def mem_cgroup_uncharge_cache_page(page: Page) -> None:
    """The page has left its file's tree; its lock is held."""
    BUG_ON(page_mapped(page))
    BUG_ON(page.mapping is not None)
    __mem_cgroup_uncharge_common(page, MEM_CGROUP_CHARGE_TYPE_CACHE, False)


def mem_cgroup_uncharge_swapcache(page: Page, ent: int, swapout: bool) -> None:
    """The page has left the swap cache; the slot takes the charge over if it stays in use."""
    ctype = MEM_CGROUP_CHARGE_TYPE_SWAPOUT
    if not swapout:
        ctype = MEM_CGROUP_CHARGE_TYPE_DROP
    memcg = __mem_cgroup_uncharge_common(page, ctype, False)
    if do_swap_account != 0 and swapout and memcg is not None:
        swap_cgroup_record(ent, css_id(memcg.css))


def mem_cgroup_prepare_migration(page: Page, newpage: Page) -> MemCgroup | None:
    """Mark the old page if it is anonymous, and commit the new one without a charge."""
    memcg: MemCgroup | None = None
    if mem_cgroup_disabled():
        return None
    pc = lookup_page_cgroup(page)
    lock_page_cgroup(pc)
    if PageCgroupUsed(pc):
        memcg = pc.mem_cgroup
        css_get(memcg.css)
        if PageAnon(page):
            SetPageCgroupMigration(pc)
    unlock_page_cgroup(pc)
    if memcg is None:
        return None
    if PageAnon(page):
        ctype = MEM_CGROUP_CHARGE_TYPE_ANON
    else:
        ctype = MEM_CGROUP_CHARGE_TYPE_CACHE
    __mem_cgroup_commit_charge(memcg, newpage, ctype)
    return memcg


def mem_cgroup_end_migration(
    memcg: MemCgroup | None, oldpage: Page, newpage: Page, migration_ok: bool
) -> None:
    """Phase the unused page out, clear the mark, and uncharge what is not mapped any more."""
    if memcg is None:
        return
    cgroup_exclude_rmdir(memcg.css)
    if not migration_ok:
        used = oldpage
        unused = newpage
    else:
        used = newpage
        unused = oldpage
    anon = PageAnon(used)
    ctype = MEM_CGROUP_CHARGE_TYPE_CACHE
    if anon:
        ctype = MEM_CGROUP_CHARGE_TYPE_ANON
    __mem_cgroup_uncharge_common(unused, ctype, True)
    css_put(memcg.css)
    pc = lookup_page_cgroup(oldpage)
    lock_page_cgroup(pc)
    ClearPageCgroupMigration(pc)
    unlock_page_cgroup(pc)
    if anon:
        mem_cgroup_uncharge_page(used)
    cgroup_release_and_wakeup_rmdir(memcg.css)


def __unmap_and_move(page: Page, newpage: Page, force: bool) -> int:
    """Move the locked page; preparing cannot fail any more."""
    mem = mem_cgroup_prepare_migration(page, newpage)
    rc = -EAGAIN
    remap_swapcache = True
    writeback = PageWriteback(page)
    if writeback and force:
        wait_on_page_writeback(page)
    leave = writeback and not force
    if not leave and PageAnon(page) and not page_mapped(page):
        # Nothing keeps the anon_vma of an unmapped page alive (3f6c82728f4e).
        if PageSwapCache(page):
            remap_swapcache = False
        else:
            leave = True
    if not leave:
        if page.mapping is not None:
            try_to_unmap(page, TTU_MIGRATION)
        if not page_mapped(page):
            rc = move_to_new_page(newpage, page, remap_swapcache)
        if rc != 0 and remap_swapcache:
            remove_migration_ptes(page, page)
    mem_cgroup_end_migration(mem, page, newpage, rc == 0)
    return rc


def shmem_confirm_swap(mapping: AddressSpace, index: int, swap: int) -> bool:
    """Whether the file still names that slot."""
    return mapping.i_direct == swap


def shmem_add_to_page_cache(page: Page, mapping: AddressSpace, index: int, expected: int) -> int:
    """Put the charged page where that swap slot is, or nothing; 0, -EEXIST or -ENOENT."""
    error = 0
    get_page(page)
    page.mapping = mapping
    page.index = index
    spin_lock(mapping.tree_lock)
    with atomic():
        if mapping.i_direct != expected or mapping.page_tree[index] is not None:
            error = -EEXIST if expected == 0 else -ENOENT
        else:
            mapping.i_direct = 0
            mapping.page_tree[index] = page
    if error == 0:
        mapping.nrpages += 1
        spin_unlock(mapping.tree_lock)
    else:
        page.mapping = None
        spin_unlock(mapping.tree_lock)
        put_page(page)
    return error


def shmem_unuse(entry: int, page: Page) -> int:
    """Find the file that names the slot of the locked page; 0 or -ENOMEM, the page is put."""
    error = 0
    # It may have left the swap cache before it was locked.
    if PageSwapCache(page) and page.private == entry:
        error = mem_cgroup_cache_charge(page, current.mm, GFP_KERNEL)
        if error == 0:
            found = 0
            for mapping in each(AddressSpace):
                if found == 0 and mapping.swap_backed and mapping is not swapper_space:
                    found = shmem_unuse_inode(mapping, entry, page)
    unlock_page(page)
    put_page(page)
    return error


def shmem_getpage_swap(mapping: AddressSpace, index: int, swap: int) -> tuple[int, Page | None]:
    """Bring the page back into the file, locked; or an error, -EEXIST to look again.

    The lock may come when the page has left the swap cache, or came back there
    for another; charging it then would be wrong.
    """
    page = lookup_swap_cache(swap)
    if page is None:
        page = read_swap_cache_async(swap, GFP_KERNEL, None)
    if page is None:
        if not shmem_confirm_swap(mapping, index, swap):
            return -EEXIST, None
        return -ENOMEM, None
    lock_page(page)
    if (
        not PageSwapCache(page)
        or page.private != swap
        or not shmem_confirm_swap(mapping, index, swap)
    ):
        unlock_page(page)
        put_page(page)
        return -EEXIST, None
    error = 0 if PageUptodate(page) else -EIO
    if error == 0:
        wait_on_page_writeback(page)
        error = mem_cgroup_cache_charge(page, current.mm, GFP_KERNEL)
    if error == 0:
        error = shmem_add_to_page_cache(page, mapping, index, swap)
        BUG_ON(error != 0)
        delete_from_swap_cache(page)
        SetPageDirty(page)
        swap_free(swap)
        return 0, page
    if not shmem_confirm_swap(mapping, index, swap):
        error = -EEXIST
    unlock_page(page)
    put_page(page)
    return error, None


def shmem_getpage_new(mapping: AddressSpace, index: int) -> tuple[int, Page | None]:
    """Put a new page into the file, locked; or an error, -EEXIST to look again."""
    page = alloc_page(GFP_KERNEL)
    if page is None:
        return -ENOMEM, None
    SetPageSwapBacked(page)
    SetPageLocked(page)
    error = mem_cgroup_cache_charge(page, current.mm, GFP_KERNEL)
    if error == 0:
        error = shmem_add_to_page_cache(page, mapping, index, 0)
        if error != 0:
            mem_cgroup_uncharge_cache_page(page)
    if error != 0:
        unlock_page(page)
        put_page(page)
        return error, None
    lru_cache_add_lru(page)
    SetPageUptodate(page)
    return 0, page
