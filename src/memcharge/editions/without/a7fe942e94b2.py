# SPDX-License-Identifier: GPL-2.0-only
"""2.6.34, but the group is let go of before its swap record is written.

Between the two, rmdir can remove the group and free its struct.
"""

from memcharge.editions.v2_6_34.cgroup import css_id, css_put
from memcharge.editions.v2_6_34.memcontrol import (
    MEM_CGROUP_CHARGE_TYPE_DROP,
    MEM_CGROUP_CHARGE_TYPE_SWAPOUT,
    __mem_cgroup_uncharge_common,
    do_swap_account,
)
from memcharge.editions.v2_6_34.memcontrol_group import mem_cgroup_get
from memcharge.editions.v2_6_34.page_cgroup import swap_cgroup_record
from memcharge.kernel import *

BASE = "v2_6_34"
PROVENANCE = 'v2_6_34 without a7fe942e94b2 ("memcg: swapout refcnt fix") (in v2.6.29)'


def mem_cgroup_uncharge_swapcache(page: Page, ent: int, swapout: bool) -> None:
    """The page has left the swap cache; the slot takes the charge over if it stays in use.

    The css reference goes before the record has one to the group.
    """
    ctype = MEM_CGROUP_CHARGE_TYPE_SWAPOUT
    if not swapout:
        ctype = MEM_CGROUP_CHARGE_TYPE_DROP
    memcg = __mem_cgroup_uncharge_common(page, ctype)
    if swapout and memcg is not None:
        css_put(memcg.css)
    if do_swap_account != 0 and swapout and memcg is not None:
        swap_cgroup_record(ent, css_id(memcg.css))
        mem_cgroup_get(memcg)
