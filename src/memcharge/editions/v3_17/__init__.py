# SPDX-License-Identifier: GPL-2.0-only
"""A page is charged for as long as it lives: the last reference dropped takes the charge along.

Unmapping, truncation and leaving the swap cache uncharge nothing any more, so
there is no flag for migration, no charge type and no lock in a page_cgroup.  A
migration that has worked hands the charge over while both pages are locked and
before the new one is mapped; one that has failed has nothing to undo.  The
flags MEM and MEMSW say which charges a page holds; the latter goes to the swap
slot when the page is freed after it was written there.

A removed group hands its charges up, and is freed when no swap record refers to
it any more (since 3.8 and 3.12).  Nobody who charges a page holds a reference
for that.

Not included: what v3_4 leaves out but for the wait of a charge for a task move,
interrupts, and charging in batches.
"""

BASE = "v3_6"
PROVENANCE = (
    '00501b531c47 ("mm: memcontrol: rewrite charge API") and 0a31bc97c80c ("mm: memcontrol: '
    'rewrite uncharge API") (in v3.17), read in v3.18.20; 215c02bc33bb ("tmpfs: fix '
    'shmem_getpage_gfp() VM_BUG_ON") (in v3.7)'
)
REMOVED = (
    "__mem_cgroup_commit_charge",
    "__mem_cgroup_commit_charge_swapin",
    "__mem_cgroup_free",
    "__mem_cgroup_put",
    "__mem_cgroup_try_charge",
    "__mem_cgroup_try_charge_swapin",
    "__mem_cgroup_uncharge_common",
    "cgroup_clear_css_refs",
    "cgroup_diput",
    "cgroup_exclude_rmdir",
    "cgroup_file_open",
    "cgroup_is_removed",
    "cgroup_release_and_wakeup_rmdir",
    "cgroup_wakeup_rmdir_waiter",
    "css_is_removed",
    "dput",
    "free_css_id",
    "is_target_pte_for_mc",
    "mem_cgroup_bulk_precharge",
    "mem_cgroup_cache_charge",
    "mem_cgroup_cancel_charge_swapin",
    "mem_cgroup_charge_common",
    "mem_cgroup_commit_charge_swapin",
    "mem_cgroup_destroy",
    "mem_cgroup_do_charge",
    "mem_cgroup_do_uncharge",
    "mem_cgroup_end_migration",
    "mem_cgroup_free_pages",
    "mem_cgroup_get",
    "mem_cgroup_handle_oom",
    "mem_cgroup_is_moved",
    "mem_cgroup_lock_moved_mm",
    "mem_cgroup_newpage_charge",
    "mem_cgroup_pre_destroy",
    "mem_cgroup_prepare_migration",
    "mem_cgroup_put",
    "mem_cgroup_replace_page_cache",
    "mem_cgroup_try_charge_swapin",
    "mem_cgroup_uncharge_cache_page",
    "mem_cgroup_uncharge_page",
    "mem_cgroup_uncharge_swapcache",
    "remove_from_page_cache",
    "try_get_mem_cgroup_from_mm",
)
