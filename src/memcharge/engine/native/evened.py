# SPDX-License-Identifier: GPL-2.0-only
"""Ranges made the same for interchangeable members, so that they lie in bits alike.

They are the same in truth, but what is found may be wider for one than for
another.  Whatever may name one member may name each.
"""

from __future__ import annotations

from collections.abc import Iterable

from memcharge.ir.nodes import Kind, Mask, Pointer, Program
from memcharge.ir.ranges import Known, Range, Ranges


def even_out(ranges: Ranges, program: Program) -> None:
    """Widen the ranges, in place, to what all members of a group have together."""
    moved: dict[str, Range] = {}
    for group in program.symmetry:
        for number, (struct, _) in enumerate(group[0].objects):
            found = [member.objects[number][1] for member in group]
            moved[struct] = _both(moved.get(struct), (min(found), max(found)))
    for group in program.symmetry:
        for cpus in zip(*(member.cpus for member in group), strict=True):
            _share_code(ranges, cpus)
        for objects in zip(*(member.objects for member in group), strict=True):
            _share_elements(ranges, program, objects)
    for which, graph in enumerate(ranges.graphs):
        for known in ranges.at[which].values():
            for local, one in known.items():
                known[local] = _named(one, graph.locals[local].kind, moved)
    for key, elements in ranges.elements.items():
        target = program.layout.fields[key].target
        if target in moved:
            elements[:] = [_named(one, Pointer(target), moved) for one in elements]


def _share_code(ranges: Ranges, cpus: Iterable[int]) -> None:
    """What is known at a node of one CPU is true of the others."""
    whole: dict[int, Known] = {}
    for cpu in cpus:
        for node, known in ranges.at[cpu].items():
            mine = whole.setdefault(node, {})
            mine.update({local: _both(mine.get(local), one) for local, one in known.items()})
    clipped = {(node, local) for cpu, node, local in ranges.clipped if cpu in cpus}
    for cpu in cpus:
        ranges.at[cpu].clear()
        ranges.at[cpu].update({node: dict(known) for node, known in whole.items()})
        ranges.clipped |= {(cpu, node, local) for node, local in clipped}


def _share_elements(ranges: Ranges, program: Program, objects: tuple[tuple[str, int], ...]) -> None:
    struct = objects[0][0]
    for key, elements in ranges.elements.items():
        if key[0] != struct:
            continue
        length = len(elements) // len(program.layout.pools[struct])
        for index in range(length):
            places = [(obj - 1) * length + index for _, obj in objects]
            one: Range | None = None
            for place in places:
                one = _both(one, elements[place])
            for place in places:
                assert one is not None
                elements[place] = one


def _named(one: Range, kind: Kind, moved: dict[str, Range]) -> Range:
    """A range of pointers, or of sets, to objects that change places."""
    match kind:
        case Pointer(struct) if struct in moved:
            low, high = moved[struct]
            return _both(one, (low, high)) if one[0] <= high and low <= one[1] else one
        case Mask(struct) if struct in moved:
            return _both(one, (0, (2 << moved[struct][1]) - 2)) if one[1] else one
    return one


def _both(one: Range | None, other: Range) -> Range:
    return other if one is None else (min(one[0], other[0]), max(one[1], other[1]))
