# SPDX-License-Identifier: GPL-2.0-only
"""2.6.34, but a page that is busy leaves its charge with the group above.

The group above is charged before the page is taken off the LRU, and where that
fails, nobody gives the charge back.
"""

from memcharge.editions.v2_6_34.memcontrol import __mem_cgroup_try_charge, mem_cgroup_cancel_charge
from memcharge.editions.v2_6_34.memcontrol_group import mem_cgroup_move_account
from memcharge.editions.v2_6_34.swap import put_page
from memcharge.editions.v2_6_34.vmscan import isolate_lru_page, putback_lru_page
from memcharge.kernel import *

BASE = "v2_6_34"
PROVENANCE = (
    'v2_6_34 without 40d58138f832 ("memcg: fix error path of mem_cgroup_move_parent") (in v2.6.29)'
)


def mem_cgroup_move_parent(pc: PageCgroup, child: MemCgroup, gfp_mask: int) -> int:
    """Move the charge of a page to the directory above; 0, -EBUSY, -EINVAL or -ENOMEM."""
    page = pc.page
    pcg = child.css.cgroup.parent
    if pcg is None:
        return -EINVAL
    ret, parent = __mem_cgroup_try_charge(None, gfp_mask, pcg.memcg, False)
    if ret != 0 or parent is None:
        return ret
    if not get_page_unless_zero(page):
        return -EBUSY
    if isolate_lru_page(page) != 0:
        put_page(page)
        return -EBUSY
    ret = mem_cgroup_move_account(pc, child, parent, True)
    if ret != 0:
        mem_cgroup_cancel_charge(parent)
    putback_lru_page(page)
    put_page(page)
    return ret
