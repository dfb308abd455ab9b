# SPDX-License-Identifier: GPL-2.0-only
"""The kernel's structs, reduced to the fields that charging reads or writes.

Fields keep the kernel's spelling.  Widths are the smallest that hold every
value of a scenario with up to seven pages; one that does not fit is an error.
"""

from __future__ import annotations

from memcharge.kernel.atomics import Atomic, PerCpuCounts
from memcharge.kernel.locks import Mutex, RwSem, SpinLock
from memcharge.kernel.struct import (
    Struct,
    array,
    embed,
    flag,
    link,
    part,
    ref,
    sint,
    switch,
    the,
    uint,
)


class ResCounter(Struct):
    """struct res_counter, in pages.  `limit` 7 is as good as none.

    `failcnt` says whether a charge ever failed, not how often.  `memcg` is the
    group that the counter lies in, as container_of() has it.
    """

    usage: int = uint(3)
    max_usage: int = uint(3)
    limit: int = uint(3, 7)
    failcnt: int = uint(1)
    parent: ResCounter | None = ref("ResCounter")
    memcg: MemCgroup = link("MemCgroup")


class Cgroup(Struct):
    """struct cgroup: a directory, with its tasks and its subdirectories counted.

    `d_count` counts the references to its dentry: one of the directory's own, one for each
    of its files that is open.  `active` counts who is in one of its files, for whom its
    removal waits since 3.14.
    `memcg` is the group's state in the memory controller.
    """

    count: Atomic = embed(Atomic, counter=uint(3))
    children: int = uint(2)
    d_count: Atomic = embed(Atomic, counter=uint(2, 1))
    active: Atomic = embed(Atomic, counter=uint(2))
    CGRP_WAIT_ON_RMDIR: bool = flag()
    CGRP_REMOVED: bool = flag()
    parent: Cgroup | None = link("Cgroup")
    memcg: MemCgroup = link("MemCgroup")


class CssId(Struct):
    """struct css_id: which group an id names, until the group's state is freed.

    Its number is the id.  Since 4.8 swap records have ids of their own, here the same
    number, which a group may lose while its state is there: `removed`.
    """

    css: MemCgroup | None = ref("MemCgroup")
    removed: bool = flag()


class CgroupSubsysState(Struct):
    """struct cgroup_subsys_state: the references that keep a group from rmdir.

    `id` is the number by which a swap slot remembers the group; 0 is nobody's.
    """

    cgroup: Cgroup = link("Cgroup")
    id: int = uint(3)
    CSS_ROOT: bool = flag()
    CSS_REMOVED: bool = flag()
    refcnt: Atomic = embed(Atomic, counter=sint(5, 1))


class MemCgroup(Struct):
    """struct mem_cgroup.  `stat.count`, in pages, is indexed by MEM_CGROUP_STAT_*.

    `refcnt` keeps the struct itself: one reference of its own, one a swap record,
    one a child that charges go up from.  Of the LRU lists of its own, `lru_size` is
    what it believes to be on them, and `lru_linked` what is.  ON_MOVE, later
    `moving_account`, says that pages are being moved out, and not how many; statistics
    take `move_lock` then, and `move_lock_task` is who has it.
    """

    css: CgroupSubsysState = embed(CgroupSubsysState)
    refcnt: Atomic = embed(Atomic, counter=sint(4, 1))
    use_hierarchy: bool = flag()
    memsw_is_minimum: bool = flag()
    last_scanned_child: int = uint(3)
    move_charge_at_immigrate: int = uint(2)
    moving_account: Atomic = embed(Atomic, counter=uint(2))
    move_lock: SpinLock = embed(SpinLock)
    move_lock_task: TaskStruct | None = ref("TaskStruct")
    lru_size: int = sint(4)
    lru_linked: int = uint(3)
    res: ResCounter = part(ResCounter)
    memsw: ResCounter = part(ResCounter)
    stat: PerCpuCounts = embed(
        PerCpuCounts, count=array(5, sint(4), "CACHE", "RSS", "FILE_MAPPED", "SWAPOUT", "ON_MOVE")
    )
    is_root: bool = flag()


class PageCgroup(Struct):
    """struct page_cgroup: who is charged for a page.  One a page, never freed.

    `lru` is the group on whose LRU list it is linked.
    """

    PCG_LOCK: bool = flag()
    PCG_CACHE: bool = flag()
    PCG_USED: bool = flag()
    PCG_ACCT_LRU: bool = flag()
    PCG_FILE_MAPPED: bool = flag()
    PCG_MIGRATION: bool = flag()
    PCG_MOVE_LOCK: bool = flag()
    PCG_MEM: bool = flag()
    PCG_MEMSW: bool = flag()
    ref_cnt: int = uint(3)
    mem_cgroup: MemCgroup | None = ref("MemCgroup")
    page: Page = ref("Page")
    lru: MemCgroup | None = ref("MemCgroup")


class AddressSpace(Struct):
    """What `page->mapping` names: an inode's pages, the swap cache, or an anon_vma.

    The kernel tells the last from the others by a tag bit in the pointer;
    here it is `anon`, which never changes.  `lock` is that of an anon_vma; an
    inode's pages have `i_mmap_lock` and `tree_lock`.  The swap cache's tree is
    indexed by swap slot, so its place 0 stays empty.  A shmem file that is in
    swap says in `i_direct` where; `info_lock` is the lock in its shmem_inode_info.
    """

    anon: bool = flag()
    swap_backed: bool = flag()
    has_migratepage: bool = flag()
    lock: SpinLock = embed(SpinLock)
    i_mmap_lock: SpinLock = embed(SpinLock)
    tree_lock: SpinLock = embed(SpinLock)
    page_tree: list[Page | None] = array(2, ref("Page"))
    nrpages: int = uint(2)
    info_lock: SpinLock = embed(SpinLock)
    i_direct: int = uint(1)


class Page(Struct):
    """struct page, with the flags of its flags word one by one.

    `PG_buddy` says that the page allocator owns the page, `highmem` that it lies in a zone
    which a device may not be able to use.  Who is charged for it stands in its
    `page_cgroup`, since 3.19 in `mem_cgroup`, since 5.11 in `memcg_data`.
    """

    PG_locked: bool = flag()
    PG_lru: bool = flag()
    PG_active: bool = flag()
    PG_uptodate: bool = flag()
    PG_dirty: bool = flag()
    PG_writeback: bool = flag()
    PG_private: bool = flag()
    PG_swapcache: bool = flag()
    PG_swapbacked: bool = flag()
    PG_mappedtodisk: bool = flag()
    PG_unevictable: bool = flag()
    PG_buddy: bool = flag()
    highmem: bool = switch()
    _count: Atomic = embed(Atomic, counter=uint(4))
    _mapcount: Atomic = embed(Atomic, counter=sint(3, -1))
    mapping: AddressSpace | None = ref("AddressSpace")
    index: int = uint(1)
    private: int = uint(4)
    page_cgroup: PageCgroup = link("PageCgroup")
    mem_cgroup: MemCgroup | None = ref("MemCgroup")
    memcg_data: MemCgroup | None = ref("MemCgroup")


class MmStruct(Struct):
    """struct mm_struct.  `mm_users` counts the task and whoever looks at it from outside."""

    mm_users: Atomic = embed(Atomic, counter=uint(2, 1))
    mmap_sem: RwSem = embed(RwSem)
    owner: TaskStruct | None = ref("TaskStruct")


class VmAreaStruct(Struct):
    """struct vm_area_struct of one page, with the pte and the pte lock of that page.

    `vm_file` is the mapping of the file, None for anonymous memory.  VM_SHARED
    tells whether others see what is written; if not, a write makes a copy.
    `forked` is set for what fork() links behind the parent's: walks come later to it.
    """

    vm_mm: MmStruct = ref("MmStruct")
    vm_file: AddressSpace | None = ref("AddressSpace")
    anon_vma: AddressSpace | None = ref("AddressSpace")
    vm_pgoff: int = uint(1)
    VM_SHARED: bool = flag()
    forked: bool = flag()
    ptl: SpinLock = embed(SpinLock)
    pte: int = uint(6)


class MemcgBatchInfo(Struct):
    """struct memcg_batch_info: what a task has uncharged and not yet returned, in pages."""

    do_batch: int = uint(2)
    memcg: MemCgroup | None = ref("MemCgroup")
    bytes: int = uint(2)
    memsw_bytes: int = uint(2)


class MemcgStockPcp(Struct):
    """struct memcg_stock_pcp: pages that a CPU has charged ahead for a group."""

    cached: MemCgroup | None = ref("MemCgroup")
    charge: int = uint(2)


class TaskStruct(Struct):
    """struct task_struct: who runs on a CPU, and the group it charges to.

    `PF_OOM_ORIGIN` is that of who runs swapoff.
    """

    mm: MmStruct | None = ref("MmStruct")
    mem_cgroup: MemCgroup | None = ref("MemCgroup")
    TIF_MEMDIE: bool = flag()
    SIGKILL: bool = flag()
    PF_OOM_ORIGIN: bool = flag()
    rcu_read_lock_nesting: int = uint(2)
    memcg_batch: MemcgBatchInfo = embed(MemcgBatchInfo)


class SwapInfoStruct(Struct):
    """struct swap_info_struct: for each slot how often it is used, and the cache bit.

    Slot 0 is the header of the swap area and never handed out.  While `flags` is
    not SWP_WRITEOK no slot is handed out.
    """

    flags: int = uint(1, 1)
    swap_map: list[int] = array(2, uint(3))


class SwapCgroupCtrl(Struct):
    """struct swap_cgroup_ctrl: for each slot the id of the group that is charged for it."""

    map: list[int] = array(2, uint(3))


class Zone(Struct):
    """struct zone: the lock over its LRU lists and the one over its free pages."""

    lru_lock: SpinLock = embed(SpinLock)
    lock: SpinLock = embed(SpinLock)


class CgroupSubsys(Struct):
    """struct cgroup_subsys, for its boot-time switch."""

    disabled: bool = flag()


class MoveChargeStruct(Struct):
    """struct move_charge_struct: the one task move there is, under cgroup_mutex.

    Counted are pages charged to `to` beforehand, and pages and swap slots made over.
    `flags` are the new group's MOVE_ANON and MOVE_FILE.  `mm` is the address space that
    is held for as long, in 2.6.37, and since 4.6.
    """

    lock: SpinLock = embed(SpinLock)
    from_: MemCgroup | None = ref("MemCgroup")
    to: MemCgroup | None = ref("MemCgroup")
    flags: int = uint(2)
    precharge: int = uint(2)
    moved_charge: int = uint(2)
    moved_swap: int = uint(2)
    moving_task: TaskStruct | None = ref("TaskStruct")
    mm: MmStruct | None = ref("MmStruct")


class Config(Struct):
    """What of the memory controller a start state has; what it has not costs nothing.

    `rcu`: readers are waited for.  `private_lru`: groups have LRU lists of their own.
    `max_usage`: the highest usage is kept.  `stock`: CPUs charge ahead.  `batch`: a task
    that unmaps or truncates collects what it uncharges.  `fail_page_alloc`, `failslab`:
    there may be no memory for a page, or for the node of a tree that names pages.
    `zones`: the device of a shmem file cannot use the high ones.
    """

    rcu: bool = switch()
    private_lru: bool = switch()
    max_usage: bool = switch()
    stock: bool = switch()
    batch: bool = switch()
    fail_page_alloc: bool = switch()
    failslab: bool = switch()
    zones: bool = switch()


current = the("current", TaskStruct)
root_mem_cgroup = the("root_mem_cgroup", MemCgroup)
mem_cgroup_subsys = the("mem_cgroup_subsys", CgroupSubsys)
swapper_space = the("swapper_space", AddressSpace)
contig_zone = the("contig_zone", Zone)
swap_info = the("swap_info", SwapInfoStruct)
swap_lock = the("swap_lock", SpinLock)
swap_cgroup_ctrl = the("swap_cgroup_ctrl", SwapCgroupCtrl)
cgroup_mutex = the("cgroup_mutex", Mutex)
config = the("config", Config)
mc = the("mc", MoveChargeStruct)
memcg_moving = the("memcg_moving", Atomic)
memcg_stock = the("memcg_stock", MemcgStockPcp)
