# SPDX-License-Identifier: GPL-2.0-only
"""How a group begins and ends (mm/memcontrol.c).

It has an id of its own for swap records.  That refers to the css, so the struct is
there as long as a record may name it.
"""

from memcharge.editions.v2_6_34.cgroup import css_get
from memcharge.editions.v6_6.memcontrol import mem_cgroup_id_put
from memcharge.kernel import *


def mem_cgroup_css_online(memcg: MemCgroup) -> None:
    """A new group: its id refers to it."""
    css_get(memcg.css)


def mem_cgroup_css_offline(memcg: MemCgroup) -> None:
    """The group was removed; records that there are keep its id, and no new ones come."""
    mem_cgroup_id_put(memcg)
