# SPDX-License-Identifier: GPL-2.0-only
"""6.6, but a slot that a task brings along keeps the new group's id at the end of the move only.

Until then who frees the slot lets go of an id that nobody has kept for it.
"""

from memcharge.editions.v2_6_34.memcontrol import mem_cgroup_is_root
from memcharge.editions.v2_6_34.memcontrol_move import MC_TARGET_PAGE, MC_TARGET_SWAP
from memcharge.editions.v2_6_34.res_counter import res_counter_uncharge
from memcharge.editions.v3_17.memcontrol_move import mem_cgroup_do_precharge
from memcharge.editions.v3_19.memcontrol_move import mem_cgroup_move_swap_account
from memcharge.editions.v6_6.memcontrol import mem_cgroup_id_get_many, mem_cgroup_id_put_many
from memcharge.editions.v6_6.memcontrol_move import get_mctgt_type, mem_cgroup_move_charge_page
from memcharge.kernel import *

BASE = "v6_6"
PROVENANCE = (
    'v6_6 without 8d22a9351035 ("mm/memcg: fix refcount error while moving and swapping") (in v5.8)'
)


def mem_cgroup_settle_moved_swap(count: int) -> None:
    """Take the slots off the old group, and keep the id of the new one for them."""
    if not mem_cgroup_is_root(mc.from_):
        res_counter_uncharge(mc.from_.memsw, count)
    mem_cgroup_id_put_many(mc.from_, count)
    if not mem_cgroup_is_root(mc.to):
        res_counter_uncharge(mc.to.res, count)
    mem_cgroup_id_get_many(mc.to, count)


def mem_cgroup_move_charge_pte_range(vma: VmAreaStruct) -> int:
    """Make over what is at the area's pte; 0, or why no more can be charged for that."""
    while True:
        spin_lock(vma.ptl)
        left = mc.precharge != 0
        if left:
            target, folio, entry = get_mctgt_type(vma, vma.pte, True)
            if target == MC_TARGET_PAGE:
                mem_cgroup_move_charge_page(folio)
            elif target == MC_TARGET_SWAP:
                if mem_cgroup_move_swap_account(entry, mc.from_, mc.to) == 0:
                    mc.precharge -= 1
                    mc.moved_swap += 1
        spin_unlock(vma.ptl)
        if left:
            return 0
        ret = mem_cgroup_do_precharge(1)
        if ret != 0:
            return ret
