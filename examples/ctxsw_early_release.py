# SPDX-License-Identifier: GPL-2.0-only
"""Broken on purpose: the old task may run elsewhere before its lazy mm is taken from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memcharge.kernel import *

if TYPE_CHECKING:
    from examples.ctxsw import Cpu, Task, enter_lazy, finish_task_switch, switch_mm

BASE = "ctxsw.py"
PROVENANCE = "made for the tests"


def context_switch(cpu: Cpu, prev: Task, task: Task) -> None:
    prev.on_cpu = False
    if task.mm is None:
        enter_lazy(prev, task)
    else:
        switch_mm(cpu, task.mm)
        if prev.mm is None:
            cpu.prev_mm = prev.active_mm
            prev.active_mm = None
    cpu.curr = task
    finish_task_switch(cpu, prev)
