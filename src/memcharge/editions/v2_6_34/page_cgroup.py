# SPDX-License-Identifier: GPL-2.0-only
"""Which group is charged for a swap slot (mm/page_cgroup.c).

A record is read and written under its own innermost lock, so each is one step.
"""

from memcharge.kernel import *


def swap_cgroup_cmpxchg(ent: int, old: int, new: int) -> int:
    """Put `new` in place of `old`; 0 if the record was another."""
    offset = swp_offset(ent)
    with atomic():
        retval = swap_cgroup_ctrl.map[offset]
        if retval == old:
            swap_cgroup_ctrl.map[offset] = new
        else:
            retval = 0
    return retval


def swap_cgroup_record(ent: int, id: int) -> int:  # noqa: A002 - the kernel's name
    """Write the group's id and return the one that was there; 0 is nobody's."""
    offset = swp_offset(ent)
    with atomic():
        old = swap_cgroup_ctrl.map[offset]
        swap_cgroup_ctrl.map[offset] = id
    return old


def lookup_swap_cgroup(ent: int) -> int:
    return swap_cgroup_ctrl.map[swp_offset(ent)]


def swap_cgroup_swapoff() -> None:
    """The area goes, and its records with it."""
    with atomic():
        swap_cgroup_ctrl.map[1] = 0
