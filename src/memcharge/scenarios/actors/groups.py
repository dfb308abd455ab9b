# SPDX-License-Identifier: GPL-2.0-only
"""Who removes, empties and shrinks groups."""

from memcharge.editions.v2_6_34.cgroup import attach_task_by_pid, cgroup_rmdir
from memcharge.editions.v2_6_34.memcontrol_group import mem_cgroup_force_empty_write
from memcharge.editions.v2_6_34.memcontrol_reclaim import try_to_free_mem_cgroup_pages
from memcharge.kernel import *

TASKS = {
    "rmdir": "administrator",
    "force_empty": "administrator",
    "reclaim": "bystander",
    "attach": "administrator",
}


def rmdir(cgroup: Cgroup) -> None:
    """Somebody removes the group's directory."""
    cgroup_rmdir(cgroup)


def force_empty(cgroup: Cgroup) -> None:
    """Somebody writes to the group's memory.force_empty."""
    mem_cgroup_force_empty_write(cgroup)


def reclaim(memcg: MemCgroup) -> None:
    """The group's pages are reclaimed, by somebody who keeps no reference to it."""
    try_to_free_mem_cgroup_pages(memcg, GFP_KERNEL, False)


def attach(other_cgroup: Cgroup, mapped_task: TaskStruct) -> None:
    """Somebody moves a task to the other group."""
    attach_task_by_pid(other_cgroup, mapped_task)
