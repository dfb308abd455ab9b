# SPDX-License-Identifier: GPL-2.0-only
"""Who moves pages and takes them away.

Some actors call what only later kernels have; they run on those alone.

The parameters of an actor are names in `Start.names`; where such a name is a list, the
k-th occurrence of the actor takes item k.
"""

from typing import TYPE_CHECKING

from memcharge.editions.v2_6_34.filemap import find_lock_page
from memcharge.editions.v2_6_34.migrate import do_move_page_to_node_array, migrate_pages
from memcharge.editions.v2_6_34.page_alloc import alloc_page
from memcharge.editions.v2_6_34.shmem import shmem_truncate_range
from memcharge.editions.v2_6_34.swap import __pagevec_lru_add, put_page
from memcharge.editions.v2_6_34.truncate import truncate_inode_pages
from memcharge.editions.v2_6_34.vmscan import isolate_lru_page
from memcharge.kernel import *

if TYPE_CHECKING:
    from memcharge.editions.v2_6_35 import compact_zone, fuse_try_move_page

# Which task is `current` on the actor's CPU, by its name in `Start.names`.
TASKS = {
    "migrate": "migrator",
    "move_pages": "migrator",
    "compact": "migrator",
    "drain": "bystander",
    "splice": "answering_task",
    "truncate": "bystander",
    "hold": "bystander",
    "kill": "bystander",
}


def migrate(page: Page) -> None:
    """Memory hotplug moves the page: it comes by number, not by mapping."""
    if isolate_lru_page(page) == 0:
        migrate_pages(page)


def move_pages(mapped_vma: VmAreaStruct) -> None:
    """The administrator moves what a program has mapped to another node."""
    do_move_page_to_node_array(mapped_vma)


def compact() -> None:
    """Memory is compacted: each page frame in turn, so a page just put back may come again."""
    compact_zone()


def drain(page: Page) -> None:
    """Another CPU empties its vector of pages that wait to be put on the LRU."""
    __pagevec_lru_add(page)


def splice(inode_mapping: AddressSpace) -> None:
    """FUSE answers a read with a page from a pipe, which takes the place of the file's own.

    A page that is being read was never mapped, so the start state has nobody map it; one that
    somebody maps or dirties meanwhile is left alone.
    """
    oldpage = find_lock_page(inode_mapping, 0)
    if oldpage is None:
        return
    kept = oldpage
    if not page_mapped(oldpage) and not PageDirty(oldpage) and not PageWriteback(oldpage):
        newpage = alloc_page(GFP_KERNEL)
        if newpage is not None:
            SetPageUptodate(newpage)
            SetPageLocked(newpage)
            if fuse_try_move_page(oldpage, newpage) == 0:
                kept = newpage
            else:
                unlock_page(newpage)
            put_page(newpage)
    unlock_page(kept)
    put_page(kept)


def truncate(inode_mapping: AddressSpace) -> None:
    """Somebody truncates the file to nothing."""
    truncate_inode_pages(inode_mapping, 0)
    if inode_mapping.swap_backed:
        shmem_truncate_range(inode_mapping, 0)


def hold(page: Page) -> None:
    """Somebody takes a transient reference, as lockless lookups do; migration then fails."""
    if get_page_unless_zero(page):
        put_page(page)


def kill(killed_task: TaskStruct) -> None:
    """A task gets a fatal signal: the one that moves pages, or else one that charges them."""
    killed_task.SIGKILL = True
