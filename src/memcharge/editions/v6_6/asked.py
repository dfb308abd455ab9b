# SPDX-License-Identifier: GPL-2.0-only
"""What properties ask of this kernel's bookkeeping."""

from memcharge.kernel import *


def page_charged(page: Page) -> bool:
    """Whether some group is charged for the folio."""
    return page.memcg_data is not None


def page_owner(page: Page) -> MemCgroup | None:
    """The group that is charged for a charged folio."""
    return page.memcg_data


def page_counts_as_cache(page: Page) -> bool:
    """Whether a charged folio counts as CACHE: it is in a file's tree."""
    mapping = page.mapping
    return mapping is not None and not mapping.anon


def page_counts_as_rss(page: Page) -> bool:
    """Whether a charged folio counts as RSS: it is anonymous and mapped."""
    return PageAnon(page) and page._mapcount.counter >= 0


def page_listed_for(page: Page) -> MemCgroup | None:
    """On whose LRU list the folio is, by its record; the root's is not kept."""
    if not page.PG_lru:
        return None
    return page.memcg_data if page.memcg_data is not None else root_mem_cgroup


def css_references_due(pages: int, records: int, removed: bool) -> int:
    """References to a group at rest: its own, one for each charged folio, and its id's."""
    return pages + (0 if removed else 1) + (0 if removed and records == 0 else 1)


def memcg_references_due(records: int, removed: bool) -> int:
    """References to the group's id at rest, as which `refcnt` serves: its own and records'."""
    return records + (0 if removed else 1)


def counts_memsw_by_choice() -> bool:
    """The boot parameter swapaccount=0 is ignored since 6.1."""
    return False
