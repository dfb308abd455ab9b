# SPDX-License-Identifier: GPL-2.0-only
"""A page's kind is asked of the page when it is uncharged, not remembered beside its charge.

Of the flags in a page_cgroup, LOCK, USED and MIGRATION are left: what a page
counts as follows from its mapping, and whether it counts in FILE_MAPPED from
its mapcount.  A charge that a dying task is let off falls on the root group.  A
shmem file keeps the swap entry in its tree, where the page would be.

FUSE puts a page in the place of another at once, with the charge.

Not included: the LRU lists of 3.3, which belong to groups only, those of
2.6.34 stay; huge pages, migration that does not wait, a replacing page that is
on the LRU already, and the reference to the anon_vma.
"""

BASE = "v2_6_38"
PROVENANCE = (
    '89c06bd52fb9 ("memcg: use new logic for page stat accounting"), "memcg: remove '
    'PCG_FILE_MAPPED" and "memcg: remove PCG_CACHE page_cgroup flag" (in v3.4), read in v3.4.4; '
    'for shmem aa3b189551ad ("tmpfs: convert mem_cgroup shmem to radix-swap") (in v3.1)'
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
