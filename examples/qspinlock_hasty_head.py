# SPDX-License-Identifier: GPL-2.0-only
"""Broken on purpose: the head of the queue waits for the owner, not for the pending waiter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memcharge.kernel import *

if TYPE_CHECKING:
    from examples.qspinlock import LOCKED, lock

BASE = "qspinlock.py"
PROVENANCE = "made for the tests"


def wait_until_head_may_take_it() -> int:
    with atomic():
        wait_until(lock.val & LOCKED == 0)
        found = lock.val
    return found
