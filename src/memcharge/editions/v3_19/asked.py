# SPDX-License-Identifier: GPL-2.0-only
"""What properties ask of this kernel's bookkeeping."""

from memcharge.kernel import *


def page_charged(page: Page) -> bool:
    """Whether some group is charged for the page."""
    return page.mem_cgroup is not None


def page_owner(page: Page) -> MemCgroup | None:
    """The group that is charged for a charged page."""
    return page.mem_cgroup


def css_references_due(pages: int, records: int, removed: bool) -> int:
    """References to a group at rest: its own, and one for each charged page and swap record."""
    return pages + records + (0 if removed else 1)


def page_listed_for(page: Page) -> MemCgroup | None:
    """On whose LRU list the page is, by its record; the root's is not kept."""
    if not page.PG_lru:
        return None
    return page.mem_cgroup if page.mem_cgroup is not None else root_mem_cgroup
