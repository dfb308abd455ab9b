# SPDX-License-Identifier: GPL-2.0-only
"""What properties ask of this kernel's bookkeeping."""

from memcharge.kernel import *


def page_marked_migrating(page: Page) -> bool:
    """Nothing marks a page that migrates."""
    return False


def page_books_locked(page: Page) -> bool:
    """Whoever writes a page_cgroup has its page to himself."""
    return False


def css_references_due(pages: int, records: int, removed: bool) -> int:
    """References to a group at rest: its own, and one for each swap record (since 3.12)."""
    return records + (0 if removed else 1)


def memcg_references_due(records: int, removed: bool) -> int:
    """References to a group's struct at rest: its own, until the group is freed."""
    return 1
