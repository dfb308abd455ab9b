# SPDX-License-Identifier: GPL-2.0-only
"""The same with increments that nobody can come between: nothing is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memcharge.kernel import *

if TYPE_CHECKING:
    from examples.shared_counter import shared

BASE = "shared_counter.py"
PROVENANCE = "textbooks"


def increment() -> None:
    with atomic():
        shared.value += 1
