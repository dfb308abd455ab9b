# SPDX-License-Identifier: GPL-2.0-only
"""The page_cgroup counts who needs the charge: the mapped page, the page cache, a migration.

Each fault charges, and gives the charge back if the page was mapped already.  A
migration takes a reference of its own, hands the page_cgroup over to the new
page, and drops the reference in the end; so it needs no charge and meets no
limit.  The object itself is allocated and freed in the kernel; here it is one
per page, attached as long as USED says so.

Derived backwards from 2.6.28.  Not included: what that does not include, and
removing a group, which drops the charges of its pages there.
"""

from memcharge.editions.v2_6_34.cgroup import css_put
from memcharge.editions.v2_6_34.filemap import (
    VM_FAULT_OOM,
    add_to_page_cache_locked,
    add_to_page_cache_lru,
)
from memcharge.editions.v2_6_34.memcontrol import (
    MEM_CGROUP_CHARGE_TYPE_CACHE,
    MEM_CGROUP_CHARGE_TYPE_MAPPED,
    __mem_cgroup_try_charge,
    lookup_page_cgroup,
    mem_cgroup_cancel_charge,
    mem_cgroup_charge_statistics,
    mem_cgroup_disabled,
    mem_cgroup_is_root,
)
from memcharge.editions.v2_6_34.memory import do_cow_fault, vm_ops_fault
from memcharge.editions.v2_6_34.migrate import (
    buffer_migrate_page,
    fallback_migrate_page,
    migrate_page,
    remove_migration_ptes,
)
from memcharge.editions.v2_6_34.page_alloc import alloc_page
from memcharge.editions.v2_6_34.res_counter import res_counter_uncharge
from memcharge.editions.v2_6_34.rmap import TTU_MIGRATION, __page_set_anon_rmap, try_to_unmap
from memcharge.editions.v2_6_34.swap import put_page
from memcharge.editions.v2_6_34.swap_state import delete_from_swap_cache, page_mapping
from memcharge.editions.v2_6_34.swapfile import swap_free
from memcharge.editions.v2_6_34.vmscan import putback_lru_page
from memcharge.kernel import *

BASE = "v2_6_28"
PROVENANCE = (
    'ae41be374293 ("bugfix for memory cgroup controller: migration under memory controller fix") '
    'and 98837c7f82ef ("memcg: fix VM_BUG_ON from page migration") (in v2.6.25), read in v2.6.26'
)
REMOVED = (
    "__mem_cgroup_move_account",
    "__mem_cgroup_uncharge_common",
    "cgroup_diput",
    "cgroup_file_open",
    "cgroup_is_removed",
    "cgroup_rmdir",
    "dput",
    "mem_cgroup_destroy",
    "mem_cgroup_force_empty",
    "mem_cgroup_force_empty_list",
    "mem_cgroup_force_empty_write",
    "mem_cgroup_move_account",
    "mem_cgroup_move_parent",
    "mem_cgroup_pre_destroy",
)


def mem_cgroup_charge_common(page: Page, mm: MmStruct | None, gfp_mask: int, ctype: int) -> int:
    """One more needs the page's charge; the first one makes it.  0 or -ENOMEM."""
    if mem_cgroup_disabled():
        return 0
    pc = lookup_page_cgroup(page)
    memcg = root_mem_cgroup if mm is None else None
    while True:
        lock_page_cgroup(pc)
        if PageCgroupUsed(pc):
            pc.ref_cnt += 1
            unlock_page_cgroup(pc)
            return 0
        unlock_page_cgroup(pc)
        ret, mem = __mem_cgroup_try_charge(mm, gfp_mask, memcg, True)
        if ret != 0 or mem is None:
            return ret
        lock_page_cgroup(pc)
        if not PageCgroupUsed(pc):
            break
        # Somebody was faster: join him.
        unlock_page_cgroup(pc)
        mem_cgroup_cancel_charge(mem)
    pc.ref_cnt = 1
    pc.mem_cgroup = mem
    pc.PCG_CACHE = ctype == MEM_CGROUP_CHARGE_TYPE_CACHE
    SetPageCgroupUsed(pc)
    mem_cgroup_charge_statistics(mem, pc, True)
    unlock_page_cgroup(pc)
    return 0


def mem_cgroup_charge(page: Page, mm: MmStruct | None, gfp_mask: int) -> int:
    """A pte is going to map the page, whatever it is."""
    return mem_cgroup_charge_common(page, mm, gfp_mask, MEM_CGROUP_CHARGE_TYPE_MAPPED)


def mem_cgroup_cache_charge(page: Page, mm: MmStruct | None, gfp_mask: int) -> int:
    """A file's tree is going to hold the page."""
    return mem_cgroup_charge_common(page, mm, gfp_mask, MEM_CGROUP_CHARGE_TYPE_CACHE)


def mem_cgroup_uncharge_page(page: Page) -> None:
    """One less needs the charge; the last one ends it."""
    if mem_cgroup_disabled():
        return
    pc = lookup_page_cgroup(page)
    lock_page_cgroup(pc)
    if not PageCgroupUsed(pc):
        unlock_page_cgroup(pc)
        return
    BUG_ON(pc.ref_cnt == 0)
    pc.ref_cnt -= 1
    if pc.ref_cnt != 0:
        unlock_page_cgroup(pc)
        return
    mem = pc.mem_cgroup
    mem_cgroup_charge_statistics(mem, pc, False)
    ClearPageCgroupUsed(pc)
    unlock_page_cgroup(pc)
    if not mem_cgroup_is_root(mem):
        res_counter_uncharge(mem.res, 1)
    css_put(mem.css)


def mem_cgroup_uncharge_cache_page(page: Page) -> None:
    """The page has left its file's tree; one function serves for all here."""
    mem_cgroup_uncharge_page(page)


def mem_cgroup_shmem_charge_fallback(page: Page, mm: MmStruct | None, gfp_mask: int) -> int:
    """See whether a charge is possible, where one may wait for it; 0 or -ENOMEM."""
    error = mem_cgroup_cache_charge(page, mm, gfp_mask)
    if error == 0:
        mem_cgroup_uncharge_page(page)
    return error


def mem_cgroup_prepare_migration(page: Page) -> bool:
    """Keep the charge of the page that is to be unmapped; whether it has one."""
    if mem_cgroup_disabled():
        return False
    pc = lookup_page_cgroup(page)
    lock_page_cgroup(pc)
    charged = PageCgroupUsed(pc)
    if charged:
        pc.ref_cnt += 1
    unlock_page_cgroup(pc)
    return charged


def mem_cgroup_end_migration(page: Page) -> None:
    """The page that survived needs the charge for itself only."""
    mem_cgroup_uncharge_page(page)


def mem_cgroup_page_migration(page: Page, newpage: Page) -> None:
    """Attach the page_cgroup to the new page, with all that it counts."""
    pc = lookup_page_cgroup(page)
    lock_page_cgroup(pc)
    if not PageCgroupUsed(pc):
        unlock_page_cgroup(pc)
        return
    mem = pc.mem_cgroup
    ref_cnt = pc.ref_cnt
    cache = PageCgroupCache(pc)
    pc.ref_cnt = 0
    ClearPageCgroupUsed(pc)
    unlock_page_cgroup(pc)
    pc = lookup_page_cgroup(newpage)
    lock_page_cgroup(pc)
    pc.mem_cgroup = mem
    pc.ref_cnt = ref_cnt
    pc.PCG_CACHE = cache
    SetPageCgroupUsed(pc)
    unlock_page_cgroup(pc)


def page_add_anon_rmap(page: Page, vma: VmAreaStruct) -> None:
    """One more pte maps an anonymous page; only the first one keeps its charge."""
    if atomic_inc_and_test(page._mapcount):
        __page_set_anon_rmap(page, vma)
    else:
        mem_cgroup_uncharge_page(page)


def page_add_file_rmap(page: Page) -> None:
    """One more pte maps a file page; only the first one keeps its charge."""
    if not atomic_inc_and_test(page._mapcount):
        mem_cgroup_uncharge_page(page)


def page_remove_rmap(page: Page) -> None:
    """A pte is gone; the last one gives up its charge."""
    if atomic_add_negative(-1, page._mapcount):
        mem_cgroup_uncharge_page(page)


def __do_fault(mm: MmStruct, vma: VmAreaStruct, flags: int, orig_pte: int) -> int:
    """Map a file's page, which stays locked until the pte is set."""
    ret, page = vm_ops_fault(vma)
    if ret != 0:
        return ret
    write = flags & FAULT_FLAG_WRITE != 0
    if write and not vma.VM_SHARED:
        return do_cow_fault(mm, vma, orig_pte, page)
    if mem_cgroup_charge(page, mm, GFP_KERNEL) != 0:
        unlock_page(page)
        put_page(page)
        return VM_FAULT_OOM
    spin_lock(vma.ptl)
    mapped = vma.pte == orig_pte
    if mapped:
        page_add_file_rmap(page)
        if write:
            get_page(page)
        vma.pte = pte_mkwrite(mk_pte(page)) if write else mk_pte(page)
    else:
        mem_cgroup_uncharge_page(page)
    spin_unlock(vma.ptl)
    if write and mapped:
        SetPageDirty(page)
    unlock_page(page)
    if write or not mapped:
        put_page(page)
    return 0


def migrate_page_copy(newpage: Page, page: Page) -> None:
    """Carry the flags over and forget the old page's place."""
    if PageUptodate(page):
        SetPageUptodate(newpage)
    if PageMappedToDisk(page):
        SetPageMappedToDisk(newpage)
    if TestClearPageDirty(page):
        SetPageDirty(newpage)
    ClearPageSwapCache(page)
    page.private = 0
    page.mapping = None


def move_to_new_page(newpage: Page, page: Page) -> int:
    """Move a locked page that is mapped nowhere, attach its page_cgroup, and map the new one."""
    locked = trylock_page(newpage)
    BUG_ON(not locked)
    newpage.index = page.index
    newpage.mapping = page.mapping
    if PageSwapBacked(page):
        SetPageSwapBacked(newpage)
    mapping = page_mapping(page)
    if mapping is None:
        rc = migrate_page(mapping, newpage, page)
    elif mapping.has_migratepage:
        rc = buffer_migrate_page(mapping, newpage, page)
    else:
        rc = fallback_migrate_page(mapping, newpage, page)
    if rc == 0:
        mem_cgroup_page_migration(page, newpage)
        remove_migration_ptes(page, newpage)
    else:
        newpage.mapping = None
    unlock_page(newpage)
    return rc


def unmap_and_move(page: Page, force: bool) -> tuple[int, bool]:
    """Try once to move a page; also whether it is still on the caller's list."""
    newpage = alloc_page(GFP_KERNEL)
    if newpage is None:
        return -ENOMEM, True
    if page_count(page) == 1:
        putback_lru_page(newpage)
        return 0, True
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
            charge = mem_cgroup_prepare_migration(page)
            try_to_unmap(page, TTU_MIGRATION)
            if not page_mapped(page):
                rc = move_to_new_page(newpage, page)
            if rc != 0:
                remove_migration_ptes(page, page)
            if charge:
                mem_cgroup_end_migration(page if rc != 0 else newpage)
        unlock_page(page)
        if rc != -EAGAIN:
            listed = False
            putback_lru_page(page)
    putback_lru_page(newpage)
    return rc, listed


def __shmem_getpage_new(mapping: AddressSpace, idx: int) -> tuple[int, Page | None]:
    """Put a new page into the file; the charge made beforehand is one too many after that."""
    filepage = alloc_page(GFP_KERNEL)
    if filepage is None:
        return -ENOMEM, None
    SetPageSwapBacked(filepage)
    error = mem_cgroup_cache_charge(filepage, current.mm, GFP_KERNEL)
    if error != 0:
        put_page(filepage)
        return error, None
    ret = -EEXIST
    spin_lock(mapping.info_lock)
    if mapping.i_direct == 0:
        ret = add_to_page_cache_lru(filepage, mapping, idx, GFP_NOWAIT)
    spin_unlock(mapping.info_lock)
    mem_cgroup_uncharge_page(filepage)
    if ret != 0:
        put_page(filepage)
        return 0, None
    SetPageUptodate(filepage)
    return 0, filepage


def shmem_unuse_inode(mapping: AddressSpace, entry: int, page: Page) -> int:
    """Bring the locked page back into the file if it names the slot: 1, 0, or -ENOMEM."""
    spin_lock(mapping.info_lock)
    found = mapping.i_direct == entry
    spin_unlock(mapping.info_lock)
    if not found:
        return 0
    error = mem_cgroup_cache_charge(page, current.mm, GFP_KERNEL)
    if error == 0:
        inserted = -EEXIST
        spin_lock(mapping.info_lock)
        if mapping.i_direct == entry:
            inserted = add_to_page_cache_locked(page, mapping, 0, GFP_NOWAIT)
        if inserted == 0:
            delete_from_swap_cache(page)
            SetPageDirty(page)
            mapping.i_direct = 0
            swap_free(entry)
        spin_unlock(mapping.info_lock)
        mem_cgroup_uncharge_page(page)
        error = -ENOMEM if inserted == -ENOMEM else 1
    unlock_page(page)
    put_page(page)
    return error
