# SPDX-License-Identifier: GPL-2.0-only
"""The owner stands in the page itself, and each charge holds a reference to its group.

There is no page_cgroup any more: a page with an owner is charged.  A page that
goes to swap is uncharged there and then, and leaves memory+swap, and its
reference, to the slot.  Who counts for FILE_MAPPED is looked up before the
mapcount changes.  A page that is mapped nowhere is moved without a walk to its
mappers.  A removed group keeps its pages: it is there as long as they refer to it.

Not included: what v3_17 leaves out.
"""

BASE = "v3_17"
PROVENANCE = (
    '1306a85aed3e ("mm: embed the memcg pointer directly into struct page"), e8ea14cc6ead ("mm: '
    'memcontrol: take a css reference for each charged page"), 7bdd143c37e5 ("mm: memcontrol: '
    'uncharge pages on swapout"), d7365e783edb ("mm: memcontrol: fix missed end-writeback page '
    'accounting", in v3.18), 2ebba6b7e1d9 ("mm: unmapped page migration avoid unmap+remap '
    'overhead") and b2052564e66d ("mm: memcontrol: continue cache reclaim from offlined groups") '
    "(in v3.19), read in v3.19.8"
)
REMOVED = (
    "__mem_cgroup_begin_update_page_stat",
    "__mem_cgroup_cancel_local_charge",
    "__mem_cgroup_end_update_page_stat",
    "lookup_page_cgroup",
    "mem_cgroup_begin_update_page_stat",
    "mem_cgroup_end_move",
    "mem_cgroup_end_update_page_stat",
    "mem_cgroup_force_empty_list",
    "mem_cgroup_lru_entry",
    "mem_cgroup_move_parent",
    "mem_cgroup_reparent_charges",
    "mem_cgroup_start_move",
    "mem_cgroup_stolen",
    "mem_cgroup_wait_for_charges",
    "move_lock_mem_cgroup",
    "move_unlock_mem_cgroup",
    "res_counter_uncharge_until",
)
