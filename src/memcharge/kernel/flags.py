# SPDX-License-Identifier: GPL-2.0-only
"""The accessor families of page flags and page_cgroup flags, from one table.

A flag of the kernel's name X has up to five accessors: PageX, SetPageX,
ClearPageX, TestSetPageX and TestClearPageX.  Each is one shared access.
PCG_LOCK has none: it is a bit spinlock, taken by lock_page_cgroup().
"""

from __future__ import annotations

from typing import Final, Literal

from memcharge.kernel.struct import Struct

Action = Literal["test", "set", "clear", "test_set", "test_clear"]


class FlagAccessor:
    """One generated accessor: what it does to which one-bit field.

    A call gives the flag as it was before.  `memcharge.lang` compiles a call
    from `action` and `field`, without source.
    """

    def __init__(self, name: str, action: Action, field: str) -> None:
        self.name: Final = name
        self.action: Final[Action] = action
        self.field: Final = field

    def __call__(self, target: Struct) -> bool:
        before = bool(getattr(target, self.field))
        if self.action != "test":
            setattr(target, self.field, self.action.endswith("set"))
        return before

    def __repr__(self) -> str:
        return f"<flag accessor {self.name}>"


Family = tuple[FlagAccessor, FlagAccessor, FlagAccessor, FlagAccessor, FlagAccessor]


def family(prefix: str, name: str, field: str) -> Family:
    """The test, set, clear, test-and-set and test-and-clear accessors of one flag."""
    return (
        FlagAccessor(f"{prefix}{name}", "test", field),
        FlagAccessor(f"Set{prefix}{name}", "set", field),
        FlagAccessor(f"Clear{prefix}{name}", "clear", field),
        FlagAccessor(f"TestSet{prefix}{name}", "test_set", field),
        FlagAccessor(f"TestClear{prefix}{name}", "test_clear", field),
    )


# struct page: the flags word.
PageLocked, SetPageLocked, ClearPageLocked, _, _ = family("Page", "Locked", "PG_locked")
PageLRU, SetPageLRU, ClearPageLRU, _, TestClearPageLRU = family("Page", "LRU", "PG_lru")
PageActive, SetPageActive, ClearPageActive, _, TestClearPageActive = family(
    "Page", "Active", "PG_active"
)
PageUptodate, SetPageUptodate, ClearPageUptodate, _, _ = family("Page", "Uptodate", "PG_uptodate")
PageDirty, SetPageDirty, ClearPageDirty, TestSetPageDirty, TestClearPageDirty = family(
    "Page", "Dirty", "PG_dirty"
)
PageWriteback, SetPageWriteback, _, TestSetPageWriteback, TestClearPageWriteback = family(
    "Page", "Writeback", "PG_writeback"
)
PagePrivate, SetPagePrivate, ClearPagePrivate, _, _ = family("Page", "Private", "PG_private")
PageSwapCache, SetPageSwapCache, ClearPageSwapCache, _, _ = family(
    "Page", "SwapCache", "PG_swapcache"
)
PageSwapBacked, SetPageSwapBacked, ClearPageSwapBacked, _, _ = family(
    "Page", "SwapBacked", "PG_swapbacked"
)
PageMappedToDisk, SetPageMappedToDisk, ClearPageMappedToDisk, _, _ = family(
    "Page", "MappedToDisk", "PG_mappedtodisk"
)
PageUnevictable, SetPageUnevictable, ClearPageUnevictable, _, TestClearPageUnevictable = family(
    "Page", "Unevictable", "PG_unevictable"
)
PageBuddy, SetPageBuddy, ClearPageBuddy, _, _ = family("Page", "Buddy", "PG_buddy")

# struct page_cgroup: the flags word.
PageCgroupCache, SetPageCgroupCache, ClearPageCgroupCache, _, _ = family(
    "PageCgroup", "Cache", "PCG_CACHE"
)
PageCgroupUsed, SetPageCgroupUsed, ClearPageCgroupUsed, _, _ = family(
    "PageCgroup", "Used", "PCG_USED"
)
PageCgroupAcctLRU, SetPageCgroupAcctLRU, ClearPageCgroupAcctLRU, _, TestClearPageCgroupAcctLRU = (
    family("PageCgroup", "AcctLRU", "PCG_ACCT_LRU")
)
PageCgroupFileMapped, SetPageCgroupFileMapped, ClearPageCgroupFileMapped, _, _ = family(
    "PageCgroup", "FileMapped", "PCG_FILE_MAPPED"
)
PageCgroupMigration, SetPageCgroupMigration, ClearPageCgroupMigration, _, _ = family(
    "PageCgroup", "Migration", "PCG_MIGRATION"
)
