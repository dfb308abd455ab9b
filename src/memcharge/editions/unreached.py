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
        "__shmem_getpage_new": ("put_page(filepage)", "return error, None"),
        "__mem_cgroup_try_charge": (
            "nr_retries = MEM_CGROUP_RECLAIM_RETRIES",
            "nr_oom_retries = MEM_CGROUP_RECLAIM_RETRIES",
        ),
    },
    "the swap area has one slot, is never called full, and its entry is never another page's": {
        "do_swap_page": ("try_to_free_swap(page)",),
        "swap_info_get": ("return None",),
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
    "only a migration replaces a page here: the old one has a charge, and the new one none": {
        "mem_cgroup_migrate": ("return",),
    },
    "the OOM killer takes the caller, so nobody tries again after it": {
        "mem_cgroup_do_charge": ("return CHARGE_RETRY",),
    },
    "no other controller in the hierarchy calls an attachment off": {
        "mem_cgroup_end_move": ("return",),
    },
    "a pte whose lock is held keeps a reference to its page": {
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
}


def why_unreached(function: str, statement: str) -> str:
    """The reason why a statement is not reached, "" if none is written down."""
    for why, statements in UNREACHED.items():
        texts = statements.get(function)
        if texts is not None and (not texts or statement in texts):
            return why
    return ""
