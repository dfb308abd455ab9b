# SPDX-License-Identifier: GPL-2.0-only
"""What properties ask of this kernel's bookkeeping."""

from memcharge.kernel import *


def slot_charged(slot: int) -> bool:
    """Whether a swap slot with that count and cache bit is charged: until it is free."""
    return slot != 0
