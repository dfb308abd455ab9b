# SPDX-License-Identifier: GPL-2.0-only
"""Statements that no schedule can reach, or none of few actors, and why.

They are what the kernel has and what the stand-ins leave nothing to do for.
"""

from __future__ import annotations

# By reason, then by function, the texts of the statements that it is for; none means all of it.
UNREACHED: dict[str, dict[str, tuple[str, ...]]] = {
    "since 2.6.34 who asks in vain for memory of a full group is killed and let off the charge": {
        "do_anonymous_page": ("put_page(page)", "return VM_FAULT_OOM"),
        "do_cow_fault": (
            "put_page(page)",
            "ret = VM_FAULT_OOM",
            "put_page(cow_page)",
            "put_page(new_page)",
            "return VM_FAULT_OOM",
        ),
        "wp_page_copy": ("put_page(gone)", "ret = VM_FAULT_OOM"),
        "do_swap_page": ("unlock_page(page)", "put_page(page)", "return VM_FAULT_OOM"),
        "unuse_pte": ("return -ENOMEM",),
        "try_to_unuse": ("unlock_page(page)", "put_page(page)"),
        "__shmem_getpage_new": ("put_page(filepage)", "return error, None"),
        "__mem_cgroup_try_charge": (
            "nr_retries = MEM_CGROUP_RECLAIM_RETRIES",
            "nr_oom_retries = MEM_CGROUP_RECLAIM_RETRIES",
        ),
        # With the swap area's one slot; until 3.5 it looked at nothing more.
        "shmem_getpage_swap": (
            "if not shmem_confirm_swap(mapping, index, swap):",
            "unlock_page(page)",
            "put_page(page)",
            "return error, None",
        ),
    },
    "since 3.3 the root is charged for those who are let off": {
        "__mem_cgroup_commit_charge_swapin": ("return",),
    },
    "a file's page is charged as long as anybody has it mapped": {
        "__mem_cgroup_begin_update_page_stat": ("return False",),
        "mem_cgroup_begin_page_stat": ("return None, False",),
    },
    "a file's page is charged when it gets into the tree, so another charge asks for nothing": {
        "__do_fault": ("unlock_page(page)", "put_page(page)", "return VM_FAULT_OOM"),
    },
    "a page whose lock is held stays in the swap cache": {
        "shmem_radix_tree_replace": ("return -ENOENT",),
        "shmem_replace_page": (
            "shmem_drop_replaced(newpage)",
            "shmem_drop_replaced(new)",
            "return error, page",
            "return error, folio",
        ),
    },
    "nobody has the frame of a new page locked from before": {
        "__unmap_and_move": ("return -EAGAIN",),
    },
    "a page whose slot is still named is clean, for reclaim keeps it locked until it is written": {
        "unuse_cached": (
            "if swap_writepage(page):",
            "end_swap_bio_write(page)",
            "lock_page(page)",
            "wait_on_page_writeback(page)",
        ),
    },
    "three have to meet, as in fault+cow+writepage@shmem,empty": {
        "__shmem_getpage_new": ("mem_cgroup_uncharge_cache_page(filepage)", "ret = -EEXIST"),
    },
    "whoever asks for a group reclaims for a limit, which the root has not": {
        "css_tryget": ("return True",),
    },
    "the swap area has one slot, is never called full, and its entry is never another page's": {
        "do_swap_page": ("try_to_free_swap(page)", "try_to_free_swap(folio)"),
        "swap_info_get": ("return None",),
        "shmem_getpage_swap": ("error = -EEXIST",),
    },
    "all areas have one anon_vma, which is never freed": {
        "page_lock_anon_vma": ("return None",),
        "rmap_walk_anon": ("return ret", "break"),
    },
    "a walk over the areas of a page never fails at one of them": {
        "rmap_walk_file": ("break",),
    },
    "a page whose last reference is gone is on no group's list: it was uncharged before": {
        "mem_cgroup_rotate_lru_list": (),
    },
    "a program faults at one address at a time": {
        "do_cow_fault": (
            "mem_cgroup_uncharge_page(page)",
            "put_page(page)",
            "mem_cgroup_uncharge_page(cow_page)",
            "put_page(cow_page)",
        ),
    },
    "the group of the root moves its pages to nobody, for it is not removed": {
        "mem_cgroup_move_parent": ("return -EINVAL",),
        "__mem_cgroup_cancel_local_charge": ("return",),
    },
    "nobody sets the pointer in the draft of 2010-04-14, so the end does nothing (B-50)": {
        "mem_cgroup_end_migration": (
            "cgroup_exclude_rmdir(mem.css)",
            "if oldpage.mapping is not None:",
            "used = oldpage",
            "unused = newpage",
            "used = newpage",
            "unused = oldpage",
            "mem_cgroup_uncharge_page(unused)",
            "if PageAnon(used) and not page_mapped(used):",
            "mem_cgroup_uncharge_page(used)",
            "cgroup_release_and_wakeup_rmdir(mem.css)",
        ),
    },
    "the callers have looked before whether the page is dirty or being written": {
        "try_to_free_buffers": ("return False",),
        "try_to_release_page": ("return False",),
        "__shrink_locked_page": ("return False, True, written",),
        "writeout": ("return -EAGAIN",),
        "fallback_migrate_page": ("return -EAGAIN", "return -EAGAIN if sync else -EBUSY"),
    },
    "only the filter of injected memory failures asks whose a charged page is": {
        "try_get_mem_cgroup_from_page": (
            "memcg = pc.mem_cgroup",
            "if memcg is not None and not css_tryget_online(memcg.css):",
            "if not css_tryget_online(memcg.css):",
            "memcg = None",
        ),
    },
    "a page that FUSE replaces is its own file's, clean, and neither mapped nor buffered": {
        "mem_cgroup_replace_page_cache": ("ctype = MEM_CGROUP_CHARGE_TYPE_SHMEM",),
        "fuse_try_move_page": ("return 1",),
    },
    "whoever is charged may wait for memory, since shmem keeps its swap slots in its tree": {
        "mem_cgroup_do_charge": ("return CHARGE_WOULDBLOCK",),
        "mem_cgroup_charge_common": ("return ret",),
    },
    "a page that another replaces has a charge, and the other has none yet": {
        "mem_cgroup_migrate": ("return",),
        "mem_cgroup_replace_page_cache": ("return",),
        "mem_cgroup_replace_folio": ("return",),
    },
    "the OOM killer takes the caller, so nobody tries again after it": {
        "mem_cgroup_do_charge": ("return CHARGE_RETRY",),
    },
    "no other controller in the hierarchy calls an attachment off": {
        "mem_cgroup_end_move": ("return",),
    },
    "a pte whose lock is held keeps a reference to its page": {
        "is_target_pte_for_mc": ("return MC_TARGET_NONE, None, 0",),
        "mc_handle_present_pte": ("return None",),
    },
    "a page gets dirty through a pte: nobody writes by get_user_pages() meanwhile": {
        "__remove_mapping": (
            "page_unfreeze_refs(page, 2)",
            "page_unfreeze_refs(folio, 2)",
            "spin_unlock(mapping.tree_lock)",
            "return False",
        ),
    },
    "a file has a page or a slot in one place, never both": {
        "__shmem_getpage_swap": ("error = 0",),
    },
    "a pte or a file that names a slot keeps it": {
        "__swap_duplicate": ("err = -ENOENT",),
    },
    "whoever cleans a page holds its lock": {
        "pageout": ("return PAGE_CLEAN, False",),
    },
    "a write that reclaim has begun ends when reclaim is done with the page": {
        "__shrink_locked_page": (
            "if not trylock_page(page):",
            "return False, False, written",
            "if PageDirty(page) or PageWriteback(page):",
            "mapping = page_mapping(page)",
        ),
    },
    "tasks only leave the group that is removed": {
        "cgroup_rmdir": (
            "cgrp.CGRP_WAIT_ON_RMDIR = False",
            "mutex_unlock(cgroup_mutex)",
            "return -EBUSY",
        ),
        "mem_cgroup_force_empty": ("ret = -EBUSY", "break"),
    },
    "a program exits once": {
        "exit_mm": ("return",),
    },
    "no program reads first what it writes later": {
        "do_wp_page": ("pass",),
    },
    "a new page is mapped nowhere, and a page of a file is uncharged with its tree": {
        "mem_cgroup_newpage_charge": ("return 0",),
        "mem_cgroup_uncharge_page": ("return",),
    },
    "who commits or cancels has looked before whether anybody was charged": {
        "__mem_cgroup_commit_charge": ("return",),
        "try_get_mem_cgroup_from_swapcache": ("return None",),
    },
    "tasks move once, to the group other, from the one that is charged for what they bring": {
        "mem_cgroup_do_precharge": ("mc.precharge += count", "return 0"),
        "mem_cgroup_move_swap_account": ("return -EINVAL",),
        "swap_cgroup_cmpxchg": ("retval = 0",),
    },
    "what a program unmaps at once is charged to one group": {
        "mem_cgroup_batch_uncharge": ("return False",),
    },
    "until 2.6.36 a charge keeps a reference, so that its group is not removed": {
        "try_get_mem_cgroup_from_page": ("mem = None",),
    },
    "truncation unmaps page by page, and spares private copies": {
        "unmap_mapping_range": ("zap_page_range(vma, None)",),
    },
    "charges are made ahead only where there are stocks": {
        "refill_stock": ("return",),
    },
    "nothing is uncharged that was not charged": {
        "res_counter_uncharge_locked": ("taken = counter.usage",),
    },
    "what is on an LRU list or in the swap cache is charged": {
        "mem_cgroup_page_lruvec": ("memcg = root_mem_cgroup",),
        "mem_cgroup_swapout": ("return",),
    },
    "who charges has an mm, and that an owner": {
        "mem_cgroup_shmem_charge_fallback": ("return 0",),
        "get_mem_cgroup_from_mm": ("memcg = root_mem_cgroup",),
    },
    "no charge of the root is cancelled": {
        "cancel_charge": ("return",),
    },
    "an id is there as long as a record names it": {
        "mem_cgroup_lookup": ("return None",),
    },
    "groups are there from the start": {
        "mem_cgroup_css_online": ("css_get(memcg.css)",),
    },
    "between the look at a page's owner and the move of its charge nobody changes it": {
        "mem_cgroup_move_account": ("unlock_page(page)", "return -EINVAL"),
    },
}


def why_unreached(function: str, statement: str) -> str:
    """The reason why a statement is not reached, "" if none is written down."""
    for why, statements in UNREACHED.items():
        texts = statements.get(function)
        if texts is not None and (not texts or statement in texts):
            return why
    return ""
