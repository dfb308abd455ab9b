# SPDX-License-Identifier: GPL-2.0-only
"""A folio is charged as soon as it is allocated, and counted where it is mapped or filed.

There is no commit and no cancel any more: whoever has charged a folio and does
not use it drops it, and that uncharges it.  A folio from swap is charged when
it enters the swap cache.  RSS counts mapped anonymous folios, CACHE those in a
file's tree, both for whoever is charged at that moment.  A swap record holds
the group's id, which refers to its css until the group is removed and the last
record gone; a folio of such a group leaves its slot to the group above.  A task
that moves locks the folios whose charge it brings.  Migration unmaps first and
then tries to move several times before it maps again; the old folio is dropped,
not put back.

The folios here have one page, so a folio is a `Page`.

Not included: the unified hierarchy's own counter for swap, exclusive anonymous
pages, swap-in around the swap cache, freed slots that a CPU keeps and that stay
charged until then, swapoff's walk by address space, OOM kills, kernel memory,
stocks and deferred frees.
Functions in which only names have changed keep their old ones.
"""

BASE = "v4_6"
PROVENANCE = (
    '"mm: memcontrol: switch to native NR_FILE_PAGES and NR_SHMEM counters", "switch to native '
    'NR_ANON_MAPPED counter" and "charge swapin pages on instantiation" (in v5.8), "decouple '
    'reference counting from page accounting" (in v5.9), 8dc87c7d1fec (in v5.14), "migrate_pages: '
    'split unmap_and_move() to _unmap() and _move()" (in v6.3); a4ebf1b6ca1e '
    '("memcg: prohibit unconditional exceeding the limit of dying tasks", in v5.16) and '
    'f4c4a3f48480 ("mm: free idle swap cache page after COW", in v5.13); read in v6.6.9'
)
REMOVED = (
    "__remove_from_page_cache",
    "__unmap_and_move",
    "add_to_page_cache",
    "add_to_page_cache_locked",
    "delete_from_page_cache",
    "holds_move_lock",
    "lock_page_lru",
    "lock_page_memcg",
    "mc_page_is_from",
    "mem_cgroup_cancel_charge",
    "mem_cgroup_charge_statistics",
    "mem_cgroup_commit_charge",
    "mem_cgroup_try_charge",
    "mem_cgroup_update_page_stat",
    "migrate_page",
    "migrate_page_copy",
    "migrate_page_move_mapping",
    "move_to_new_page",
    "page_remove_file_rmap",
    "replace_page_cache_page",
    "try_get_mem_cgroup_from_page",
    "uncharge_batch",
    "unlock_page_lru",
    "unlock_page_memcg",
    "unmap_and_move",
)
