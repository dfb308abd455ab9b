# SPDX-License-Identifier: GPL-2.0-only
"""Bring the page to where the start state wants it, with the edition's own functions."""

from __future__ import annotations

from typing import Any

from memcharge.kernel.mm import FAULT_FLAG_WRITE, GFP_KERNEL
from memcharge.kernel.struct import Machine
from memcharge.kernel.structs import Page, TaskStruct
from memcharge.scenarios.start.groups import fill_up, join, leave
from memcharge.scenarios.start.modifiers import SWAP


def populate(
    kernel: dict[str, Any],
    machine: Machine,
    names: dict[str, Any],
    kind: str,
    chosen: frozenset[str],
) -> None:
    """Bring the page in by touching it, then map it as often as asked for."""
    online = kernel.get("mem_cgroup_css_online")
    if online is not None:
        for group in machine.pools["MemCgroup"]:
            online(group)
    first, *others = names["mapped_vma"]
    tasks = names["mapped_task"]
    with machine.running(tasks[0]):
        if "empty" not in chosen:
            kernel["do_page_fault"](first, FAULT_FLAG_WRITE if kind == "anon" else 0)
        if "double" in chosen:
            kernel["do_page_fault"](others[0], FAULT_FLAG_WRITE)
        if "unmapped" in chosen:
            kernel["sys_munmap"](first)
        if "shared" in chosen and kind == "anon":
            for vma in others:
                kernel["copy_page_range"](vma, first)
    if "shared" in chosen and kind != "anon":
        for task, vma in zip(tasks[1:], others, strict=True):
            with machine.running(task):
                kernel["do_page_fault"](vma, 0)
    if "there" in chosen:
        join(names)
    if "neighbour" in chosen:
        # There is memory, and it is the page of that name.
        machine.choices = [0] * ("fail_page_alloc" in chosen) + [1] + [0] * ("spare" in chosen)
        with machine.running(tasks[-1]):
            kernel["page_cache_read"](names["neighbours"], 0)
    if chosen & SWAP:
        names["page"].PG_dirty = True
        stays = "written" in chosen or ("swapcache" in chosen and kind == "shmem")
        _swap_out(kernel, machine, names["bystander"], names["page"], stays)
    if "readahead" in chosen:
        with machine.running(tasks[0]):
            page = kernel["read_swap_cache_async"](1, GFP_KERNEL, first)
            kernel["put_page"](page)
    if "swapcache" in chosen and kind == "anon":
        with machine.running(tasks[0]):
            kernel["do_page_fault"](first, 0)


def _swap_out(
    kernel: dict[str, Any], machine: Machine, kswapd: TaskStruct, page: Page, stays: bool
) -> None:
    """What the actor of that name does, with nobody in its way; if the page stays, once only."""
    with machine.running(kswapd):
        _, written = kernel["shrink_inactive_list"](page)
        assert written
        kernel["end_swap_bio_write"](page)
        if not stays:
            kernel["shrink_inactive_list"](page)


def finish(names: dict[str, Any], chosen: frozenset[str]) -> None:
    """What holds from the start on, but not while the page came in."""
    page, memcg = names["page"], names["memcg"]
    if "limit" in chosen:
        fill_up(memcg)
    if "memsw_limit" in chosen:
        memcg.memsw.limit = memcg.memsw.usage
    if "res_limit" in chosen:
        memcg.res.limit = memcg.res.usage
    if "room" in chosen:
        fill_up(memcg)
        memcg.res.limit += 1
        memcg.memsw.limit += 1
    if "other_limit" in chosen:
        fill_up(names["other_cgroup"].memcg)
    if "other_memsw_limit" in chosen:
        names["other_cgroup"].memcg.memsw.limit = 0
    if "parent_limit" in chosen:
        fill_up(names["parent_cgroup"].memcg)
    if "left" in chosen:
        leave(names)
    if "killed" in chosen:
        names["migrator"].SIGKILL = True
        names["administrator"].SIGKILL = True
    if "oom_killed" in chosen:
        names["migrator"].SIGKILL = True
        names["migrator"].TIF_MEMDIE = True
    if "dirty" in chosen:
        page.PG_dirty = True
    if "buffers" in chosen:
        page.PG_private = True
        page.PG_mappedtodisk = True
        page._count.counter += 1
    if "pagevec" in chosen:
        page.PG_lru = False
        page._count.counter += 1
    if "writeback" in chosen:
        page.PG_writeback = True
