# SPDX-License-Identifier: GPL-2.0-only
"""What every edition's mm code is written in: error codes, page locks, ptes.

A pte is a number as in the kernel: none is 0, otherwise the page frame number
or the swap slot above two bits that say present, migration entry or swap entry.
Page frames and slots count from 1, so neither is ever taken for none; frame 0
is the page of zeroes, which has no struct page here.  The topmost bit says
that the program may write; a pte that may be written counts as dirty.

Under plain Python waiting for a lock raises WouldBlock; dropping a lock that is
not held is a KernelBug.
"""

from __future__ import annotations

from memcharge.kernel.atomics import atomic_cmpxchg, atomic_inc_not_zero, atomic_read, atomic_set
from memcharge.kernel.flow import BUG_ON, atomic, wait_until
from memcharge.kernel.struct import index_of, object_at
from memcharge.kernel.structs import Page, PageCgroup, TaskStruct, VmAreaStruct

EAGAIN = 11
ENOENT = 2
EINTR = 4
ENOMEM = 12
EBUSY = 16
EINTR = 4
EINVAL = 22
ENODEV = 19
EEXIST = 17
EIO = 5
EINVAL = 22

SWAP_AGAIN = 1
SWAP_SUCCESS = 0

GFP_WAIT = 1
GFP_KERNEL = GFP_WAIT
GFP_ATOMIC = 0
GFP_NOWAIT = 0

# Index of each per-group statistic in MemCgroup.stat.count.
MEM_CGROUP_STAT_CACHE = 0
MEM_CGROUP_STAT_RSS = 1
MEM_CGROUP_STAT_FILE_MAPPED = 2
MEM_CGROUP_STAT_SWAPOUT = 3
MEM_CGROUP_ON_MOVE = 4

PTE_PRESENT = 1
PTE_MIGRATION = 2
PTE_SWAP = 3
PTE_WRITE = 32

FAULT_FLAG_WRITE = 1

# What swap_map says of a slot: how many ptes name it, or that a shmem file does, and whether
# the swap cache has it.  The kernel has more bits for the first.
SWAP_HAS_CACHE = 4
SWAP_MAP_SHMEM = 3
SWAP_MAP_MAX = 2

# What a task brings along to a group, as bits of its move_charge_at_immigrate.
MOVE_ANON = 1
MOVE_FILE = 2

# Whether the swap area hands out slots.
SWP_WRITEOK = 1


def lock_page(page: Page) -> None:
    """Take the page lock; sleeps until it is free."""
    with atomic():
        wait_until(not page.PG_locked)
        page.PG_locked = True


def trylock_page(page: Page) -> bool:
    """Take the page lock if it is free; true if taken."""
    with atomic():
        taken = not page.PG_locked
        if taken:
            page.PG_locked = True
    return taken


def unlock_page(page: Page) -> None:
    with atomic():
        BUG_ON(not page.PG_locked)
        page.PG_locked = False


def wait_on_page_locked(page: Page) -> None:
    with atomic():
        wait_until(not page.PG_locked)


def wait_on_page_writeback(page: Page) -> None:
    with atomic():
        wait_until(not page.PG_writeback)


def lock_page_cgroup(pc: PageCgroup) -> None:
    """The bit spinlock of a page_cgroup."""
    with atomic():
        wait_until(not pc.PCG_LOCK)
        pc.PCG_LOCK = True


def unlock_page_cgroup(pc: PageCgroup) -> None:
    with atomic():
        BUG_ON(not pc.PCG_LOCK)
        pc.PCG_LOCK = False


def move_lock_page_cgroup(pc: PageCgroup) -> None:
    """The other one, which keeps the owner from being changed while something is counted."""
    with atomic():
        wait_until(not pc.PCG_MOVE_LOCK)
        pc.PCG_MOVE_LOCK = True


def move_unlock_page_cgroup(pc: PageCgroup) -> None:
    with atomic():
        BUG_ON(not pc.PCG_MOVE_LOCK)
        pc.PCG_MOVE_LOCK = False


def page_count(page: Page) -> int:
    """References held: one a pte, one for the tree, and those in transit."""
    return atomic_read(page._count)


def get_page(page: Page) -> None:
    """Take a further reference; KernelBug on a free page, for the caller must hold one."""
    with atomic():
        BUG_ON(page._count.counter == 0)
        page._count.counter += 1


def get_page_unless_zero(page: Page) -> bool:
    """Take a reference on a page that may be free or frozen; true if taken."""
    return atomic_inc_not_zero(page._count)


def put_page_testzero(page: Page) -> bool:
    """Drop a reference; true if it was the last one, KernelBug if there was none."""
    with atomic():
        BUG_ON(page._count.counter == 0)
        page._count.counter -= 1
        last = page._count.counter == 0
    return last


def page_freeze_refs(page: Page, count: int) -> bool:
    """Make the count zero if it is `count`; true if so, and nobody can take a reference."""
    return atomic_cmpxchg(page._count, count, 0) == count


def page_unfreeze_refs(page: Page, count: int) -> None:
    atomic_set(page._count, count)


def page_is_file_cache(page: Page) -> bool:
    return not page.PG_swapbacked


def page_mapcount(page: Page) -> int:
    """How many ptes map the page."""
    return atomic_read(page._mapcount) + 1


def page_mapped(page: Page) -> bool:
    """Whether a pte maps the page: the kernel counts mappings from -1."""
    return atomic_read(page._mapcount) >= 0


def PageAnon(page: Page) -> bool:
    """Whether `mapping` names an anon_vma: one read of the mapping word."""
    mapping = page.mapping
    return mapping is not None and mapping.anon


def fatal_signal_pending(task: TaskStruct) -> bool:
    return task.SIGKILL


def signal_pending(task: TaskStruct) -> bool:
    """Whether the task has a signal to look after: no other than the fatal one."""
    return task.SIGKILL


def page_to_pfn(page: Page) -> int:
    """Its page frame number, from 1; KernelBug for None."""
    return index_of(page)


def pfn_to_page(pfn: int) -> Page:
    """The inverse; KernelBug for 0, IndexError for a frame that is not there."""
    return object_at(Page, pfn)


def mk_pte(page: Page) -> int:
    """A pte through which the page can be read."""
    return page_to_pfn(page) << 2 | PTE_PRESENT


def zero_pte() -> int:
    """A pte for the page of zeroes, which everybody reads and nobody is charged for."""
    return PTE_PRESENT


def make_migration_entry(page: Page, write: bool) -> int:
    """What stands for the page while it moves; `write` says that the pte could be written."""
    return page_to_pfn(page) << 2 | PTE_MIGRATION | (PTE_WRITE if write else 0)


def pte_none(pte: int) -> bool:
    return pte == 0


def pte_present(pte: int) -> bool:
    return pte & 3 == PTE_PRESENT


def pte_write(pte: int) -> bool:
    """Whether the program may write through a present pte."""
    return pte & PTE_WRITE != 0


def pte_mkwrite(pte: int) -> int:
    return pte | PTE_WRITE


def pte_wrprotect(pte: int) -> int:
    return pte & ~PTE_WRITE


def is_migration_entry(pte: int) -> bool:
    return pte & 3 == PTE_MIGRATION


def is_write_migration_entry(pte: int) -> bool:
    return pte & (3 | PTE_WRITE) == PTE_MIGRATION | PTE_WRITE


def make_migration_entry_read(pte: int) -> int:
    """The same entry for a pte that cannot be written."""
    return pte & ~PTE_WRITE


def pte_pfn(pte: int) -> int:
    return pte >> 2 & 7


def pte_page(pte: int) -> Page:
    """The page that a present pte maps."""
    return pfn_to_page(pte_pfn(pte))


def vm_normal_page(pte: int) -> Page | None:
    """The page that a present pte maps; none for the page of zeroes."""
    if pte_pfn(pte) == 0:
        return None
    return pte_page(pte)


def migration_entry_to_page(pte: int) -> Page:
    """The page that a migration entry stands for."""
    return pfn_to_page(pte_pfn(pte))


def ptep_clear_flush(vma: VmAreaStruct) -> int:
    """Empty the pte in one access; what was there, so that no write is lost."""
    with atomic():
        pteval = vma.pte
        vma.pte = 0
    return pteval


def swp_entry_to_pte(entry: int) -> int:
    """The pte that names a swap slot; entry 0 is none."""
    return entry << 2 | PTE_SWAP


def pte_to_swp_entry(pte: int) -> int:
    return pte_pfn(pte)


def non_swap_entry(pte: int) -> bool:
    """Whether a pte that is neither empty nor present does not name a swap slot.

    The kernel asks this of the entry, which has its kind within it.
    """
    return pte & 3 != PTE_SWAP


def swp_offset(entry: int) -> int:
    """The slot's place in the only swap area."""
    return entry
