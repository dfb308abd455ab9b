# SPDX-License-Identifier: GPL-2.0-only
"""Broken on purpose: the tail is read and written in two steps, so a waiter can be forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memcharge.kernel import *

if TYPE_CHECKING:
    from examples.qspinlock import LOCKED_PENDING, TAIL_SHIFT, lock

BASE = "qspinlock.py"
PROVENANCE = "made for the tests"


def xchg_tail(tail: int) -> int:
    found = lock.val
    with atomic():
        lock.val = (lock.val & LOCKED_PENDING) | tail << TAIL_SHIFT
    return found
