# SPDX-License-Identifier: GPL-2.0-only
"""The objects of a start state, before any kernel function has run."""

from __future__ import annotations

from typing import Any

from memcharge.kernel.locks import SpinLock
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
from memcharge.scenarios.start.groups import make_groups
from memcharge.scenarios.start.modifiers import SWAP


def make_objects(kind: str, chosen: frozenset[str]) -> dict[str, Any]:
    """All objects: two pages, two programs in one group, a migrator, the globals."""
    groups = make_groups(chosen)
    memcg, root = groups["memcg"], groups["root_mem_cgroup"]
    subsystem = CgroupSubsys("mem_cgroup_subsys", disabled="disabled" in chosen)
    swapper_space = AddressSpace("swapper_space", swap_backed=True, has_migratepage=True)
    page_names = ["page", "newpage"]
    page_names += ["neighbour"] if "neighbour" in chosen else []
    page_names += ["sparepage"] if "spare" in chosen else []
    pages = [_page(name) for name in page_names]
    pages[0].highmem = "high" in chosen
    names: dict[str, Any] = {
        **groups,
        **dict(zip(page_names, pages, strict=True)),
        "pages": pages,
        "reclaimed_page": pages,
        "page_cgroups": [page.page_cgroup for page in pages],
        "mem_cgroup_subsys": subsystem,
        "swapper_space": swapper_space,
        "swap_info": SwapInfoStruct("swap_info"),
        "swap_lock": SpinLock("swap_lock"),
        "swap_cgroup_ctrl": SwapCgroupCtrl("swap_cgroup_ctrl"),
        "contig_zone": Zone("contig_zone"),
        "migrator": TaskStruct("migrator", mem_cgroup=root),
        "bystander": TaskStruct("bystander", mem_cgroup=root),
        "administrator": TaskStruct("administrator", mem_cgroup=root),
    }
    names.update(_programs(memcg, kind, chosen, names))
    names["cgroup"].count.counter = len(names["mapped_task"])
    if "neighbour" in chosen:
        names["neighbours"] = AddressSpace("neighbours", has_migratepage=True)
    return names


def _page(name: str) -> Page:
    page = Page(name, PG_buddy=True)
    page.page_cgroup = PageCgroup("pc" if name == "page" else f"{name}_pc", page=page)
    return page


def _backing(
    kind: str, chosen: frozenset[str], names: dict[str, Any]
) -> tuple[AddressSpace | None, AddressSpace | None]:
    """The file and the anon_vma behind the programs' areas; private areas of a file have both."""
    mapping: AddressSpace | None = None
    anon_vma: AddressSpace | None = None
    if kind != "anon":
        mapping = AddressSpace(
            "inode_mapping",
            swap_backed=kind == "shmem",
            has_migratepage=kind != "file" or "dirty" not in chosen,
        )
        names["inode_mapping"] = mapping
        names["mapping"] = mapping
    if kind == "anon" or "private" in chosen:
        anon_vma = AddressSpace("anon_vma", anon=True)
        names["anon_vma"] = anon_vma
    return mapping, anon_vma


def _programs(
    memcg: MemCgroup, kind: str, chosen: frozenset[str], names: dict[str, Any]
) -> dict[str, Any]:
    """Address spaces of one area each, and which of them each kind of actor takes first."""
    vm_file, anon_vma = _backing(kind, chosen, names)
    tasks: list[TaskStruct] = []
    areas: list[VmAreaStruct] = []
    count = 1 if "alone" in chosen else 3 if "three" in chosen else 4 if "four" in chosen else 2
    for number in range(count):
        mm = MmStruct(f"mm{number}")
        task = TaskStruct(f"task{number}", mm=mm, mem_cgroup=memcg)
        mm.owner = task
        vma = VmAreaStruct(
            f"vma{number}",
            vm_mm=areas[0].vm_mm if areas and "double" in chosen else mm,
            vm_file=vm_file,
            anon_vma=anon_vma,
            VM_SHARED=anon_vma is None,
        )
        vma.forked = "child" in chosen and number > 0
        tasks.append(task)
        areas.append(vma)
    shared = "shared" in chosen
    # Whoever is alone with its page is the one to bring it back; others come from the last on.
    back = -1 if shared or not chosen & SWAP else 1
    write = -1 if shared or (kind != "anon" and "private" not in chosen) else 1
    leave = -1 if shared else 1
    found = {
        "mapped_vma": areas,
        "mapped_task": tasks,
        "faulting_vma": areas[::back],
        "faulting_task": tasks[::back],
        "writing_vma": areas[::write],
        "writing_task": tasks[::write],
        "exiting_task": tasks[::leave],
        "answering_task": tasks[::-leave],
    }
    if not shared and "double" not in chosen:
        # fork() needs a program that has nothing mapped yet, and an address space of its own.
        found |= {"child_vma": areas[1:], "parent_vma": areas[:1] * 3, "parent_task": tasks[:1] * 3}
    return found
