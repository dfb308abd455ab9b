# SPDX-License-Identifier: GPL-2.0-only
"""What properties ask of this kernel's bookkeeping."""

from memcharge.kernel import *


def page_counts_as_cache(page: Page) -> bool:
    """Whether a charged page counts as CACHE, not as RSS: a page keeps its anon_vma for life."""
    return not PageAnon(page)


def page_listed_for(page: Page) -> MemCgroup | None:
    """On whose LRU list the page is, by its record; the root's is not kept."""
    if not page.PG_lru:
        return None
    return page.page_cgroup.mem_cgroup
