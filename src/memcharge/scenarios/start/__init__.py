# SPDX-License-Identifier: GPL-2.0-only
"""Start states, built by running an edition's own functions on one CPU.

So a start state is one that this kernel can reach, with counters as this
kernel leaves them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from memcharge.kernel.struct import Machine
from memcharge.kernel.structs import MemcgStockPcp
from memcharge.scenarios.start.modifiers import (
    KILLED,
    KINDS,
    MODIFIERS,
    StartError,
    check,
    features,
)
from memcharge.scenarios.start.objects import make_objects
from memcharge.scenarios.start.populate import finish, populate

__all__ = ["KINDS", "MODIFIERS", "Start", "StartError", "build"]


@dataclass(frozen=True)
class Start:
    """A machine, and its objects by the names that actors' parameters have."""

    machine: Machine
    names: dict[str, Any]


GLOBALS = (
    "root_mem_cgroup",
    "mem_cgroup_subsys",
    "swapper_space",
    "contig_zone",
    "swap_info",
    "swap_lock",
    "swap_cgroup_ctrl",
    "cgroup_mutex",
    "config",
    "mc",
    "memcg_moving",
)


def build(
    edition_namespace: dict[str, Any],
    kind: str,
    modifiers: Iterable[str],
    actors: Iterable[str] = (),
) -> Start:
    """The start state of that kind, with what the actors need; StartError if there is none."""
    check(kind, frozenset(modifiers))
    actors = tuple(actors)
    chosen = features(modifiers, actors)
    machine = Machine()
    with machine:
        names = make_objects(kind, chosen)
        if "stock" in chosen:
            cpus = range(max(1, len(actors)))
            names["memcg_stocks"] = [MemcgStockPcp(f"memcg_stock{cpu}") for cpu in cpus]
            machine.globals["memcg_stock"] = names["memcg_stocks"][0]
    victim = names[next((KILLED[one] for one in KILLED if one in actors), "migrator")]
    names["killed_task"] = victim[0] if isinstance(victim, list) else victim
    machine.globals["current"] = names["mapped_task"][0]
    machine.globals.update({name: names[name] for name in GLOBALS})
    populate(edition_namespace, machine, names, kind, chosen)
    finish(names, chosen)
    return Start(machine, names)
