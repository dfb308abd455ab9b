# SPDX-License-Identifier: GPL-2.0-only
"""Programs: who maps and unmaps, reads and writes, forks and exits.

Two programs have an area each.  Where both act, each actor takes another one first.
"""

from memcharge.editions.v2_6_34.exit import exit_mm
from memcharge.editions.v2_6_34.fork import dup_mmap
from memcharge.editions.v2_6_34.memory import do_page_fault
from memcharge.editions.v2_6_34.mmap import sys_madvise, sys_munmap
from memcharge.kernel import *

TASKS = {
    "munmap": "mapped_task",
    "madvise": "mapped_task",
    "fault": "faulting_task",
    "cow": "writing_task",
    "fork": "parent_task",
    "exit": "exiting_task",
}


def munmap(mapped_vma: VmAreaStruct) -> None:
    """A program unmaps the page."""
    sys_munmap(mapped_vma)


def madvise(mapped_vma: VmAreaStruct) -> None:
    """A program gives the page up and keeps the area."""
    sys_madvise(mapped_vma)


def fault(faulting_vma: VmAreaStruct) -> None:
    """A program reads at the page's address."""
    do_page_fault(faulting_vma, 0)


def cow(writing_vma: VmAreaStruct) -> None:
    """A program writes at the page's address, to a copy if the page is not its own."""
    do_page_fault(writing_vma, FAULT_FLAG_WRITE)


def fork(child_vma: VmAreaStruct, parent_vma: VmAreaStruct) -> None:
    """A program forks: the child maps what the parent maps."""
    dup_mmap(child_vma, parent_vma)


def exit(exiting_task: TaskStruct) -> None:  # noqa: A001 - what the program does
    """A program exits and takes its address space with it."""
    exit_mm(exiting_task)
