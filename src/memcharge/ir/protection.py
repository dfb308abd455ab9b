# SPDX-License-Identifier: GPL-2.0-only
"""Which lock protects which field in one program, and where it is not held."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from memcharge.ir.movers import Access, Movers, bits
from memcharge.ir.nodes import Program, Site


@dataclass(frozen=True, slots=True)
class Protection:
    """A place that several CPUs touch, one of them writing: the lock that most accesses hold.

    `lock` is empty if none holds any.  `without` are the accesses that do not
    hold it, as site and whether it writes; nothing there means it is verified.
    """

    place: str
    lock: str
    accesses: int
    without: tuple[tuple[Site, bool], ...]


def protections(program: Program) -> list[Protection]:
    """Every place that CPUs share and some CPU writes, but for the locks themselves."""
    movers = Movers(program)
    names = {1 << bit: cell for cell, bit in movers.cells.numbers.items()}
    found: dict[int, list[tuple[int, int, Access]]] = {}
    for cpu, actions in enumerate(movers.actions):
        for action in actions.values():
            for number, access in action.accesses:
                for bit in bits(access.reads | access.writes):
                    found.setdefault(1 << bit, []).append((cpu, number, access))
    locks = 0
    for held in movers.locks.held:
        for atom in held.atoms:
            locks |= movers.locks.names(atom) & ~movers.locks.bad
    result = []
    for cell, touched in found.items():
        shared = len({cpu for cpu, _, _ in touched}) > 1
        written = any(access.writes & cell for _, _, access in touched)
        if cell & locks or not shared or not written:
            continue
        (key, obj, index), most = names[cell], Counter[int]()
        for _, _, access in touched:
            most.update(1 << bit for bit in bits(access.before & locks))
        lock = max(most, key=lambda one: most[one], default=0)
        layout = program.layout
        name = layout.place_name(key, obj, index) if key in layout.fields else str(key)
        guard = layout.place_name(names[lock][0], names[lock][1], None) if lock else ""
        without = tuple(
            (program.cpus[cpu].nodes[number].site, bool(access.writes & cell))
            for cpu, number, access in touched
            if not access.before & lock
        )
        result.append(Protection(name, guard, len(touched), without))
    return sorted(result, key=lambda one: (bool(one.without), one.place))
