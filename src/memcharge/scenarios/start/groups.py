# SPDX-License-Identifier: GPL-2.0-only
"""The groups of a start state, and what of the memory controller it has at all."""

from __future__ import annotations

from typing import Any

from memcharge.kernel.atomics import Atomic
from memcharge.kernel.locks import Mutex
from memcharge.kernel.mm import MOVE_ANON, MOVE_FILE
from memcharge.kernel.structs import Cgroup, Config, CssId, MemCgroup, MoveChargeStruct


def make_groups(chosen: frozenset[str]) -> dict[str, Any]:
    """The group that the page is charged to, the root, and what is asked for besides.

    A group's id is its number in the pool.
    """
    memcg, root = MemCgroup("memcg"), MemCgroup("root_mem_cgroup", is_root=True)
    root.css.CSS_ROOT = True
    directories = {"root_cgroup": _directory("root_cgroup", root, None)}
    above = directories["root_cgroup"]
    if chosen & {"parent", "hierarchy"}:
        above = directories["parent_cgroup"] = _directory(
            "parent_cgroup", MemCgroup("parent"), above
        )
    directories["cgroup"] = _directory("cgroup", memcg, above)
    if "other" in chosen:
        other = MemCgroup("other", move_charge_at_immigrate=_brought(chosen))
        directories["other_cgroup"] = _directory("other_cgroup", other, directories["root_cgroup"])
    if "hierarchy" in chosen:
        _charge_upwards(memcg, above.memcg)
    for number, mem in enumerate([memcg, root, *_besides(directories)], 1):
        mem.css.id = number
        CssId(f"css_id{number}", css=mem)
    return {
        **directories,
        "memcg": memcg,
        "root_mem_cgroup": root,
        "mc": MoveChargeStruct("mc"),
        "memcg_moving": Atomic("memcg_moving"),
        "cgroup_mutex": Mutex("cgroup_mutex"),
        "config": Config(
            "config",
            rcu="rcu" in chosen,
            private_lru="lru" in chosen,
            max_usage="peak" in chosen,
            stock="stock" in chosen,
            batch="batch" in chosen,
            fail_page_alloc="fail_page_alloc" in chosen,
            failslab="failslab" in chosen,
            zones="high" in chosen,
        ),
    }


def _brought(chosen: frozenset[str]) -> int:
    """What a task that moves to the other group brings along."""
    if "keep" in chosen:
        return 0
    if "files_only" in chosen:
        return MOVE_FILE
    return MOVE_ANON | MOVE_FILE if "files" in chosen else MOVE_ANON


def _besides(directories: dict[str, Cgroup]) -> list[MemCgroup]:
    """The groups that a start state has only on demand, in the order in which they were made."""
    return [
        cgrp.memcg for name, cgrp in directories.items() if name not in ("root_cgroup", "cgroup")
    ]


def _directory(name: str, mem: MemCgroup, parent: Cgroup | None) -> Cgroup:
    cgrp = Cgroup(name, parent=parent, memcg=mem)
    mem.css.cgroup = cgrp
    mem.res.memcg = mem.memsw.memcg = mem
    if parent is not None:
        parent.children += 1
    return cgrp


def _charge_upwards(child: MemCgroup, parent: MemCgroup) -> None:
    """What mem_cgroup_create() does below a group that uses hierarchy."""
    parent.use_hierarchy = child.use_hierarchy = True
    child.res.parent = parent.res
    child.memsw.parent = parent.memsw
    parent.refcnt.counter += 1


def fill_up(mem: MemCgroup) -> None:
    """Leave no room for another page in a group."""
    mem.res.limit = mem.res.usage
    mem.memsw.limit = mem.memsw.usage
    mem.memsw_is_minimum = mem.res.limit == mem.memsw.limit


def join(names: dict[str, Any]) -> None:
    """Let the last program belong to the other group; what it was charged stays where it is."""
    other = names["other_cgroup"]
    names["mapped_task"][-1].mem_cgroup = other.memcg
    names["cgroup"].count.counter -= 1
    other.count.counter += 1


def leave(names: dict[str, Any]) -> None:
    """Take all tasks out of the group, and leave their charges there."""
    for task in names["mapped_task"]:
        task.mem_cgroup = names["root_mem_cgroup"]
        names["cgroup"].count.counter -= 1
        names["root_cgroup"].count.counter += 1
