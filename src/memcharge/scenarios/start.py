# SPDX-License-Identifier: GPL-2.0-only
"""Start states, built by running an edition's own functions on one CPU.

So a start state is one that this kernel can reach, with counters as this
kernel leaves them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from memcharge.kernel.locks import SpinLock
from memcharge.kernel.struct import Machine
from memcharge.kernel.structs import (
    AddressSpace,
    CgroupSubsys,
    MemCgroup,
    MmStruct,
    Page,
    PageCgroup,
    SwapCgroupCtrl,
    SwapInfoStruct,
    TaskStruct,
    VmAreaStruct,
    Zone,
)

# What the page in question is: a file's, a shared memory file's, or anonymous.
KINDS = ("file", "shmem", "anon")

# What can be changed about a start state, and what each one means.
MODIFIERS = {
    "shared": "both address spaces map the page",
    "unmapped": "the page is in the page cache and nobody maps it",
    "limit": "the group has no room for another page",
    "disabled": "the controller is switched off at boot",
    "killed": "the migrating task has a fatal signal pending",
    "dirty": "the page is dirty, and the file system of a file page cannot move it",
    "writeback": "the page is being written; the actor end_io ends that",
    "swapped": "the page is in swap",
    "swapcache": "the page is in the swap cache: anonymous and back from swap, or shmem on its way",
    "spare": "there is a second free page",
}


class StartError(ValueError):
    """There is no such start state."""


@dataclass(frozen=True)
class Start:
    """A machine, and its objects by the names that actors' parameters have."""

    machine: Machine
    names: dict[str, Any]


def build(edition_namespace: dict[str, Any], kind: str, modifiers: Iterable[str]) -> Start:
    """The start state of that kind; StartError if there is no such state."""
    chosen = frozenset(modifiers)
    _check(kind, chosen)
    machine = Machine()
    with machine:
        names = _objects(kind, chosen)
    machine.globals.update(
        {
            "current": names["mapped_task"][0],
            "root_mem_cgroup": names["root_mem_cgroup"],
            "mem_cgroup_subsys": names["mem_cgroup_subsys"],
            "swapper_space": names["swapper_space"],
            "contig_zone": names["contig_zone"],
            "swap_info": names["swap_info"],
            "swap_lock": names["swap_lock"],
            "swap_cgroup_ctrl": names["swap_cgroup_ctrl"],
        }
    )
    _populate(edition_namespace, machine, names, kind, chosen)
    _finish(names, chosen)
    return Start(machine, names)


def _check(kind: str, chosen: frozenset[str]) -> None:
    if kind not in KINDS:
        raise StartError(f"no page kind {kind!r}; there are {', '.join(KINDS)}")
    unknown = sorted(chosen - set(MODIFIERS))
    if unknown:
        raise StartError(f"no modifier {unknown[0]!r}; there are {', '.join(MODIFIERS)}")
    if kind == "anon" and "unmapped" in chosen:
        raise StartError("an anonymous page that nobody maps is free: unmapped needs a file")
    if "dirty" in chosen and kind == "anon":
        raise StartError("dirty is for file and shmem pages: anonymous ones go to swap regardless")
    if chosen & {"swapped", "swapcache"} and kind == "file":
        raise StartError("swapped and swapcache are for anonymous and shmem pages")
    if {"swapped", "swapcache"} <= chosen:
        raise StartError("a page is either swapped or back in the swapcache")
    if {"swapped", "writeback"} <= chosen:
        raise StartError("a swapped page is not in memory, so not under writeback")
    if {"unmapped", "shared"} <= chosen:
        raise StartError("a page cannot be both unmapped and shared")


def _objects(kind: str, chosen: frozenset[str]) -> dict[str, Any]:
    """All objects: two pages, two programs in one group, a migrator, the globals."""
    memcg = MemCgroup("memcg")
    root = MemCgroup("root_mem_cgroup", is_root=True)
    root.css.CSS_ROOT = True
    memcg.css.id, root.css.id = 1, 2
    subsystem = CgroupSubsys("mem_cgroup_subsys", disabled="disabled" in chosen)
    swapper_space = AddressSpace("swapper_space", swap_backed=True, has_migratepage=True)
    page_names = ["page", "newpage"] + (["sparepage"] if "spare" in chosen else [])
    pages = [_page(name) for name in page_names]
    names: dict[str, Any] = {
        **dict(zip(page_names, pages, strict=True)),
        "pages": pages,
        "reclaimed_page": pages,
        "page_cgroups": [page.page_cgroup for page in pages],
        "memcg": memcg,
        "root_mem_cgroup": root,
        "mem_cgroup_subsys": subsystem,
        "swapper_space": swapper_space,
        "swap_info": SwapInfoStruct("swap_info"),
        "swap_lock": SpinLock("swap_lock"),
        "swap_cgroup_ctrl": SwapCgroupCtrl("swap_cgroup_ctrl"),
        "contig_zone": Zone("contig_zone"),
        "migrator": TaskStruct("migrator", mem_cgroup=root),
        "bystander": TaskStruct("bystander", mem_cgroup=root),
    }
    names.update(_programs(memcg, *_backing(kind, chosen, names)))
    if chosen & {"swapped", "swapcache"} and "shared" not in chosen:
        # The first area is the one to bring its page back.
        names["faulting_vma"].reverse()
        names["faulting_task"].reverse()
    return names


def _page(name: str) -> Page:
    page = Page(name, PG_buddy=True)
    page.page_cgroup = PageCgroup("pc" if name == "page" else f"{name}_pc", page=page)
    return page


def _backing(
    kind: str, chosen: frozenset[str], names: dict[str, Any]
) -> tuple[AddressSpace | None, AddressSpace | None]:
    """The file and the anon_vma behind the programs' areas: one of them is None."""
    if kind == "anon":
        names["anon_vma"] = AddressSpace("anon_vma", anon=True)
        return None, names["anon_vma"]
    mapping = AddressSpace(
        "inode_mapping",
        swap_backed=kind == "shmem",
        has_migratepage=kind != "file" or "dirty" not in chosen,
    )
    names["inode_mapping"] = mapping
    names["mapping"] = mapping
    return mapping, None


def _programs(
    memcg: MemCgroup, vm_file: AddressSpace | None, anon_vma: AddressSpace | None
) -> dict[str, Any]:
    """Two address spaces of one area each; faults come from the last one first."""
    tasks, areas = [], []
    for number in range(2):
        mm = MmStruct(f"mm{number}")
        task = TaskStruct(f"task{number}", mm=mm, mem_cgroup=memcg)
        mm.owner = task
        vma = VmAreaStruct(f"vma{number}", vm_mm=mm, vm_file=vm_file, anon_vma=anon_vma)
        tasks.append(task)
        areas.append(vma)
    return {
        "mapped_vma": areas,
        "mapped_task": tasks,
        "faulting_vma": areas[::-1],
        "faulting_task": tasks[::-1],
    }


def _populate(
    kernel: dict[str, Any],
    machine: Machine,
    names: dict[str, Any],
    kind: str,
    chosen: frozenset[str],
) -> None:
    """Bring the page in by touching it, then map it as often as asked for."""
    first, second = names["mapped_vma"]
    with machine.running(names["mapped_task"][0]):
        kernel["do_page_fault"](first)
        if "unmapped" in chosen:
            kernel["sys_munmap"](first)
        if "shared" in chosen and kind == "anon":
            kernel["copy_page_range"](second, first)
    if "shared" in chosen and kind != "anon":
        with machine.running(names["mapped_task"][1]):
            kernel["do_page_fault"](second)
    if chosen & {"swapped", "swapcache"}:
        names["page"].PG_dirty = True
        stays = "swapcache" in chosen and kind == "shmem"
        _swap_out(kernel, machine, names["bystander"], names["page"], stays)
    if "swapcache" in chosen and kind == "anon":
        with machine.running(names["mapped_task"][0]):
            kernel["do_page_fault"](first)


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


def _finish(names: dict[str, Any], chosen: frozenset[str]) -> None:
    """What holds from the start on, but not while the page came in."""
    page, memcg = names["page"], names["memcg"]
    if "limit" in chosen:
        memcg.res.limit = memcg.res.usage
        memcg.memsw.limit = memcg.memsw.usage
    if "killed" in chosen:
        names["migrator"].SIGKILL = True
    if "dirty" in chosen:
        page.PG_dirty = True
    if "writeback" in chosen:
        page.PG_writeback = True
