# SPDX-License-Identifier: GPL-2.0-only
"""Who moves pages and takes them away.

The parameters of an actor are names in `Start.names`; where such a name is a list, the
k-th occurrence of the actor takes item k.
"""

from memcharge.editions.v2_6_34.migrate import migrate_pages
from memcharge.editions.v2_6_34.shmem import shmem_truncate_range
from memcharge.editions.v2_6_34.swap import put_page
from memcharge.editions.v2_6_34.truncate import truncate_inode_pages
from memcharge.editions.v2_6_34.vmscan import isolate_lru_page
from memcharge.kernel import *

# Which task is `current` on the actor's CPU, by its name in `Start.names`.
TASKS = {
    "migrate": "migrator",
    "truncate": "bystander",
    "hold": "bystander",
    "kill": "bystander",
}


def migrate(page: Page) -> None:
    """Compaction or memory hotplug moves the page: it comes by number, not by mapping."""
    if isolate_lru_page(page) == 0:
        migrate_pages(page)


def truncate(inode_mapping: AddressSpace) -> None:
    """Somebody truncates the file to nothing."""
    truncate_inode_pages(inode_mapping, 0)
    if inode_mapping.swap_backed:
        shmem_truncate_range(inode_mapping, 0)


def hold(page: Page) -> None:
    """Somebody takes a transient reference, as lockless lookups do; migration then fails."""
    if get_page_unless_zero(page):
        put_page(page)


def kill(migrator: TaskStruct) -> None:
    """The migrating task gets a fatal signal."""
    migrator.SIGKILL = True
