# SPDX-License-Identifier: GPL-2.0-only
"""Copying an address space, and letting go of one (kernel/fork.c)."""

from memcharge.editions.v2_6_34.memory import copy_page_range
from memcharge.editions.v2_6_34.mmap import exit_mmap
from memcharge.kernel import *


def mmput(mm: MmStruct) -> None:
    """Drop a user of the address space; the last one takes it down, whoever that is."""
    if atomic_dec_and_test(mm.mm_users):
        exit_mmap(mm)


def dup_mmap(dst_vma: VmAreaStruct, src_vma: VmAreaStruct) -> None:
    """Copy the only area; the child's is linked before its pte is set, so here it always is."""
    mm = dst_vma.vm_mm
    oldmm = src_vma.vm_mm
    down_write(oldmm.mmap_sem)
    down_write(mm.mmap_sem)
    copy_page_range(dst_vma, src_vma)
    up_write(mm.mmap_sem)
    up_write(oldmm.mmap_sem)


def get_task_mm(task: TaskStruct) -> MmStruct | None:
    """The address space of a task that may just be exiting, with a user counted."""
    with atomic():
        mm = task.mm
        if mm is not None:
            mm.mm_users.counter += 1
    return mm
