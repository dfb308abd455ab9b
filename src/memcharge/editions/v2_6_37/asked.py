# SPDX-License-Identifier: GPL-2.0-only
"""What properties ask of this kernel's bookkeeping."""

from memcharge.kernel import *


def css_references_due(pages: int, records: int, removed: bool) -> int:
    """References to a group at rest: its own."""
    return 0 if removed else 1
