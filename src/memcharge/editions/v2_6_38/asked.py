# SPDX-License-Identifier: GPL-2.0-only
"""What properties ask of this kernel's bookkeeping."""

from memcharge.kernel import *


def page_books_locked(page: Page) -> bool:
    """Whether somebody has locked the record of who is charged, or against its being moved."""
    pc = page.page_cgroup
    return pc.PCG_LOCK or pc.PCG_MOVE_LOCK
