# SPDX-License-Identifier: GPL-2.0-only
"""A page's kind is asked of the page when it is uncharged, not remembered beside its charge.

Of the flags in a page_cgroup, LOCK, USED and MIGRATION are left: what a page
counts as follows from its mapping, and whether it counts in FILE_MAPPED from
its mapcount.  A charge that a dying task is let off falls on the root group.  A
shmem file keeps the swap entry in its tree, where the page would be.

Whoever maps or unmaps a file page looks up its owner before that, and holds a
lock of the group until it is counted if pages are being moved out of it.

All LRU lists belong to groups, so each page is on one list.

FUSE puts a page in the place of another at once, with the charge.

Whoever writes to a file's page that is not mapped has the copy charged before
he asks for the page (1d65f86db148).

Not included: huge pages, migration that does not wait, the walk of 3.3 through
a hierarchy for reclaim, and the reference to the anon_vma.
"""

BASE = "v2_6_38"
PROVENANCE = (
    '89c06bd52fb9 ("memcg: use new logic for page stat accounting"), "memcg: remove '
    'PCG_FILE_MAPPED" and "memcg: remove PCG_CACHE page_cgroup flag" (in v3.4), read in v3.4.4; '
    '925b7673cce3 ("mm: make per-memcg LRU lists exclusive"), 36b62ad53949 ("memcg: simplify '
    'corner case handling of LRU") and 38c5d72f3ebe ("memcg: simplify LRU handling by new rule") '
    '(in v3.3); for shmem aa3b189551ad ("tmpfs: convert mem_cgroup shmem to radix-swap") and for '
    'faults 1d65f86db148 ("mm: preallocate page before lock_page() at filemap COW") (in v3.1)'
)
REMOVED = (
    "__do_uncharge",
    "__mem_cgroup_do_charge",
    "__mem_cgroup_drop_swap_record",
    "__mem_cgroup_move_account",
    "__shmem_getpage_new",
    "__shmem_getpage_swap",
    "mem_cgroup_lru_add_after_commit_swapcache",
    "mem_cgroup_lru_del_before_commit_swapcache",
    "mem_cgroup_rotate_lru_list",
    "mem_cgroup_shmem_charge_fallback",
    "mem_cgroup_stealed",
    "shmem_swapin",
)
