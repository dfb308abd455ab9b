# SPDX-License-Identifier: GPL-2.0-only
"""A process gives up its address space (kernel/exit.c)."""

from memcharge.editions.v2_6_34.fork import mmput
from memcharge.kernel import *


def mm_need_new_owner(mm: MmStruct, p: TaskStruct) -> bool:
    """Whether somebody looks at the address space while its owner exits."""
    if atomic_read(mm.mm_users) <= 1:
        return False
    return mm.owner is p


def mm_update_next_owner(mm: MmStruct, p: TaskStruct) -> None:
    """`p`, the kernel's `current`, exits: no other task has its address space, so none owns it."""
    if mm_need_new_owner(mm, p):
        mm.owner = None


def exit_mm(tsk: TaskStruct) -> None:
    """The task lets go of its address space."""
    mm = tsk.mm
    if mm is None:
        return
    tsk.mm = None
    mm_update_next_owner(mm, tsk)
    mmput(mm)
