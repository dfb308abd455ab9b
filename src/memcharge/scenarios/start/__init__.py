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
from memcharge.scenarios.start.modifiers import KINDS, MODIFIERS, StartError, check
from memcharge.scenarios.start.objects import make_objects
from memcharge.scenarios.start.populate import finish, populate

__all__ = ["KINDS", "MODIFIERS", "Start", "StartError", "build"]


@dataclass(frozen=True)
class Start:
    """A machine, and its objects by the names that actors' parameters have."""

    machine: Machine
    names: dict[str, Any]


def build(edition_namespace: dict[str, Any], kind: str, modifiers: Iterable[str]) -> Start:
    """The start state of that kind; StartError if there is no such state."""
    chosen = frozenset(modifiers)
    check(kind, chosen)
    machine = Machine()
    with machine:
        names = make_objects(kind, chosen)
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
    populate(edition_namespace, machine, names, kind, chosen)
    finish(names, chosen)
    return Start(machine, names)
