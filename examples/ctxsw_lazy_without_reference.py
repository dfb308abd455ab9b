# SPDX-License-Identifier: GPL-2.0-only
"""Broken on purpose: a kernel thread goes on with an mm that it does not keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memcharge.kernel import *

if TYPE_CHECKING:
    from examples.ctxsw import Task

BASE = "ctxsw.py"
PROVENANCE = "made for the tests"


def enter_lazy(prev: Task, task: Task) -> None:
    task.active_mm = prev.active_mm
    if prev.mm is None:
        prev.active_mm = None
