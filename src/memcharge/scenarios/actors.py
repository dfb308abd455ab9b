# SPDX-License-Identifier: GPL-2.0-only
"""Who acts in a scenario: each actor calls outer kernel entry points only.

So an actor runs on every edition.  Its parameters are names in `Start.names`;
where such a name is a list, the k-th occurrence of the actor takes item k.
"""

from memcharge.editions.v2_6_34.filemap import end_page_writeback
from memcharge.editions.v2_6_34.memory import do_page_fault, sys_munmap
from memcharge.editions.v2_6_34.migrate import migrate_pages
from memcharge.editions.v2_6_34.page_io import end_swap_bio_write
from memcharge.editions.v2_6_34.shmem import shmem_truncate_range
from memcharge.editions.v2_6_34.swap import put_page
from memcharge.editions.v2_6_34.truncate import truncate_inode_pages
from memcharge.editions.v2_6_34.vmscan import isolate_lru_page, shrink_inactive_list
from memcharge.kernel import *

# Which task is `current` on the actor's CPU, by its name in `Start.names`.
TASKS = {
    "migrate": "migrator",
    "munmap": "mapped_task",
    "fault": "faulting_task",
    "truncate": "bystander",
    "swap_out": "bystander",
    "hold": "bystander",
    "kill": "bystander",
    "end_io": "bystander",
}


def migrate(page: Page) -> None:
    """Compaction or memory hotplug moves the page: it comes by number, not by mapping."""
    if isolate_lru_page(page) == 0:
        migrate_pages(page)


def munmap(mapped_vma: VmAreaStruct) -> None:
    """A program unmaps the page."""
    sys_munmap(mapped_vma)


def fault(faulting_vma: VmAreaStruct) -> None:
    """A program touches the page's address."""
    do_page_fault(faulting_vma)


def truncate(inode_mapping: AddressSpace) -> None:
    """Somebody truncates the file to nothing."""
    truncate_inode_pages(inode_mapping, 0)
    if inode_mapping.swap_backed:
        shmem_truncate_range(inode_mapping, 0)


def swap_out(reclaimed_page: Page) -> None:
    """Reclaim writes a page out and, when the disk is done, comes again to free it.

    A second one is after the page that the first page may have moved to.
    """
    rounds = 0
    written = True
    while written and rounds < 2:
        _freed, written = shrink_inactive_list(reclaimed_page)
        if written:
            end_swap_bio_write(reclaimed_page)
        rounds += 1


def hold(page: Page) -> None:
    """Somebody takes a transient reference, as lockless lookups do; migration then fails."""
    if get_page_unless_zero(page):
        put_page(page)


def kill(migrator: TaskStruct) -> None:
    """The migrating task gets a fatal signal."""
    migrator.SIGKILL = True


def end_io(page: Page) -> None:
    """The disk has written the page that was under writeback at the start."""
    end_page_writeback(page)
