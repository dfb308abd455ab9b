# SPDX-License-Identifier: GPL-2.0-only
"""Charge a page at once, and the new page of a migration before anything else.

Both pages are charged while the old one is moved, and nothing keeps the old
one's charge when it is unmapped: after a failure it is charged again while it
is mapped again, where nobody may wait, and that may fail.  A page in the swap
cache is charged as any other: mapped or in a file's tree.  Only memory is
counted, not swap.

A group's list has the pages that are charged to it; emptying the group drops
their charges and charges nobody.  A charge fails after an OOM kill, and whom
that kills is charged as anybody.

Derived backwards from 2.6.29.  Not included: what that does not include, and a
page that waits for its LRU list.
"""

BASE = "v2_6_29"
PROVENANCE = (
    'e8589cc189f9 ("memcg: better migration handling") and 69029cd55028 ("memcg: remove refcnt '
    'from page_cgroup") (in v2.6.27), read in v2.6.28'
)
REMOVED = (
    "__mem_cgroup_commit_charge_swapin",
    "__mem_cgroup_move_account",
    "__unmap_and_move",
    "cgroup_clear_css_refs",
    "mem_cgroup_cancel_charge_swapin",
    "mem_cgroup_commit_charge_swapin",
    "mem_cgroup_free_pages",
    "mem_cgroup_lru_add_after_commit_swapcache",
    "mem_cgroup_lru_del_before_commit_swapcache",
    "mem_cgroup_lru_entry",
    "mem_cgroup_move_account",
    "mem_cgroup_move_parent",
    "mem_cgroup_rotate_lru_list",
    "mem_cgroup_try_charge_swapin",
    "try_get_mem_cgroup_from_swapcache",
)
