# SPDX-License-Identifier: GPL-2.0-only
"""What properties ask of this kernel's bookkeeping; the kernel itself has no such functions.

Where an edition keeps its books another way, it replaces these.
"""

from memcharge.editions.v2_6_34.memcontrol import do_swap_account
from memcharge.kernel import *


def page_charged(page: Page) -> bool:
    """Whether some group is charged for the page."""
    return page.page_cgroup.PCG_USED


def page_owner(page: Page) -> MemCgroup | None:
    """The group that is charged for a charged page."""
    return page.page_cgroup.mem_cgroup


def page_counts_as_cache(page: Page) -> bool:
    """Whether a charged page counts as CACHE, not as RSS."""
    return page.page_cgroup.PCG_CACHE


def page_counts_as_rss(page: Page) -> bool:
    """Whether a charged page counts as RSS."""
    return not page_counts_as_cache(page)


def page_marked_migrating(page: Page) -> bool:
    """Whether a migration has left its mark on the page."""
    return page.page_cgroup.PCG_MIGRATION


def page_books_locked(page: Page) -> bool:
    """Whether somebody has locked the record of who is charged."""
    return page.page_cgroup.PCG_LOCK


def page_listed_for(page: Page) -> MemCgroup | None:
    """On whose LRU list the page is, by its record; the root's is not kept."""
    pc = page.page_cgroup
    if not pc.PCG_ACCT_LRU:
        return None
    return pc.mem_cgroup


def css_references_due(pages: int, records: int, removed: bool) -> int:
    """References to a group at rest: what charged pages and swap records hold, and its own.

    A removed group has no more one of its own.
    """
    return pages + (0 if removed else 1)


def memcg_references_due(records: int, removed: bool) -> int:
    """References to a group's struct at rest: its own until it is removed, and swap records'."""
    return records + (0 if removed else 1)


def counts_file_mapped() -> bool:
    """Whether the kernel counts FILE_MAPPED for groups."""
    return True


def counts_memsw() -> bool:
    """Whether the kernel counts memory+swap for groups."""
    return do_swap_account != 0


def counts_memsw_by_choice() -> bool:
    """Whether the kernel can be booted without that: noswapaccount, later swapaccount=0."""
    return True


def slot_charged(slot: int) -> bool:
    """Whether a swap slot with that count and cache bit is charged to whom it is recorded for."""
    return slot & ~SWAP_HAS_CACHE != 0
