# SPDX-License-Identifier: GPL-2.0-only
"""How a group ends (mm/memcontrol.c): its pages refer to it, so there is nothing to empty."""

from memcharge.kernel import *


def mem_cgroup_css_offline(memcg: MemCgroup) -> None:
    """The group was removed; reclaim takes its pages in time (b2052564e66d)."""


def mem_cgroup_css_free(memcg: MemCgroup) -> None:
    """Nothing is charged to the group any more."""
    kfree(memcg)
