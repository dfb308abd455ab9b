# SPDX-License-Identifier: GPL-2.0-only
"""A page is charged for as long as it lives: the last reference dropped takes the charge along.

Unmapping, truncation and leaving the swap cache uncharge nothing any more, so
there is no flag for migration, no charge type and no lock in a page_cgroup.  A
migration that has worked hands the charge over while both pages are locked and
before the new one is mapped; one that has failed has nothing to undo.  The
flags MEM and MEMSW say which charges a page holds; the latter goes to the swap
slot when the page is freed after it was written there.

Not included: what v3_4 leaves out, interrupts, and charging in batches.
"""

BASE = "v3_6"
PROVENANCE = (
    '00501b531c47 ("mm: memcontrol: rewrite charge API") and 0a31bc97c80c ("mm: memcontrol: '
    'rewrite uncharge API") (in v3.17), read in v3.18.20; 215c02bc33bb ("tmpfs: fix '
    'shmem_getpage_gfp() VM_BUG_ON") (in v3.7)'
)
REMOVED = (
    "__mem_cgroup_cancel_local_charge",
    "__mem_cgroup_clear_mc",
    "__mem_cgroup_commit_charge",
    "__mem_cgroup_commit_charge_swapin",
    "__mem_cgroup_try_charge",
    "__mem_cgroup_try_charge_swapin",
    "__mem_cgroup_uncharge_common",
    "attach_task_by_pid",
    "cgroup_attach_task",
    "cgroup_diput",
    "cgroup_rmdir",
    "fuse_try_move_page",
    "is_target_pte_for_mc",
    "mem_cgroup_bulk_precharge",
    "mem_cgroup_cache_charge",
    "mem_cgroup_can_attach",
    "mem_cgroup_cancel_charge_swapin",
    "mem_cgroup_charge_common",
    "mem_cgroup_clear_mc",
    "mem_cgroup_commit_charge_swapin",
    "mem_cgroup_count_precharge",
    "mem_cgroup_count_precharge_pte_range",
    "mem_cgroup_destroy",
    "mem_cgroup_do_charge",
    "mem_cgroup_do_precharge",
    "mem_cgroup_do_uncharge",
    "mem_cgroup_end_migration",
    "mem_cgroup_end_move",
    "mem_cgroup_force_empty",
    "mem_cgroup_force_empty_list",
    "mem_cgroup_force_empty_write",
    "mem_cgroup_get",
    "mem_cgroup_handle_oom",
    "mem_cgroup_is_moved",
    "mem_cgroup_lock_moved_mm",
    "mem_cgroup_move_account",
    "mem_cgroup_move_charge",
    "mem_cgroup_move_charge_page",
    "mem_cgroup_move_charge_pte_range",
    "mem_cgroup_move_parent",
    "mem_cgroup_move_swap_account",
    "mem_cgroup_move_task",
    "mem_cgroup_newpage_charge",
    "mem_cgroup_pre_destroy",
    "mem_cgroup_precharge_mc",
    "mem_cgroup_prepare_migration",
    "mem_cgroup_put",
    "mem_cgroup_replace_page_cache",
    "mem_cgroup_start_move",
    "mem_cgroup_try_charge_swapin",
    "mem_cgroup_uncharge_cache_page",
    "mem_cgroup_uncharge_page",
    "mem_cgroup_uncharge_swapcache",
    "mem_cgroup_wait_acct_move",
    "remove_from_page_cache",
    "replace_page_cache_page",
    "res_counter_uncharge_until",
    "try_get_mem_cgroup_from_mm",
)
