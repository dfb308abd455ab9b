# SPDX-License-Identifier: GPL-2.0-only
"""Which byte of a state holds what.

A state is a `bytes`: the finding that ended the run (an index of ENDINGS),
whether a warning was given, then for each CPU its
label (two bytes) and its locals, then every field that is not constant.  A
signed number is stored above its lowest value.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from memcharge.ir.layout import FREED, Key
from memcharge.ir.liveness import live_locals
from memcharge.ir.nodes import (
    FINDINGS,
    Graph,
    Kind,
    Local,
    Number,
    Program,
    defines,
    step_heads,
    successors,
)

FINDING, WARNED, HEADER = 0, 1, 2
ENDINGS = ("", *FINDINGS)
DONE = 0


class FieldOverflow(Exception):
    """A value does not fit the declared width of its field, or a local's byte."""


@dataclass(slots=True)
class CpuSlots:
    """One CPU: where its label and its locals lie, and which node a label is.

    `labels[node]` is 1 or above at nodes where a step starts; DONE is the end.
    `live[node]` are the locals read from there on, `alive[node]` in order.
    """

    pc: int
    labels: dict[int, int]
    nodes: list[int]
    live: list[int]
    local: dict[int, int] = field(default_factory=dict)
    first: int = 0
    last: int = 0


@dataclass(slots=True)
class Slots:
    """The slots of a whole program."""

    cpus: list[CpuSlots]
    fields: dict[Key, tuple[tuple[int, ...], ...]]
    start: bytes


def offset(local: Local) -> int:
    """What is added to a local's value to store it."""
    kind = local.kind
    return 128 if isinstance(kind, Number) and kind.lowest < 0 else 0


def assign(program: Program) -> Slots:
    """Give every label, local and field its slots, and fill in the start state."""
    position = HEADER
    cpus = []
    for graph in program.cpus:
        cpu = _cpu_slots(graph, position, "dead" in program.reductions)
        position = cpu.last
        cpus.append(cpu)
    start = bytearray(position)
    for cpu, graph in zip(cpus, program.cpus, strict=True):
        label = cpu.labels.get(graph.entry, DONE)
        start[cpu.pc], start[cpu.pc + 1] = label & 255, label >> 8
        for number in bits(cpu.live[graph.entry]):  # a local is 0 until it is set
            start[cpu.local[number]] = offset(graph.locals[number])
    fields: dict[Key, tuple[tuple[int, ...], ...]] = {}
    layout = program.layout
    for key in program.fields_in_state():
        info, rows = layout.fields[key], []
        for values in layout.start[key]:
            rows.append(tuple(range(len(start), len(start) + len(values))))
            start.extend(value - min(info.lowest, 0) for value in values)
        fields[key] = tuple(rows)
    for struct in sorted(layout.freeable):
        count = len(layout.pools.get(struct, ()))
        fields[struct, FREED] = tuple((len(start) + i,) for i in range(count))
        start.extend(bytes(count))
    return Slots(cpus, fields, bytes(start))


def _cpu_slots(graph: Graph, position: int, dead: bool) -> CpuSlots:
    nodes = step_heads(graph)
    labels = {number: label for label, number in enumerate(nodes, 1)}
    live = live_locals(graph)
    cpu = CpuSlots(position, labels, [-1, *nodes], live, first=position + 2)
    if dead:
        cpu.local = _coloured(cpu, graph)
    else:
        everything = sum(1 << local.number for local in graph.locals)
        cpu.live = [everything] * len(live)
        cpu.local = {local.number: cpu.first + local.number for local in graph.locals}
    cpu.last = max(cpu.local.values(), default=cpu.first - 1) + 1
    return cpu


def _coloured(cpu: CpuSlots, graph: Graph) -> dict[int, int]:
    """Give each local that outlives a step a slot; locals of one sort share if never both live."""
    lasting = 0
    for number in cpu.labels:
        lasting |= cpu.live[number]
    conflicts = dict.fromkeys(bits(lasting), 0)
    for live in {live & lasting for live in _together(cpu, graph)}:
        for number in bits(live):
            conflicts[number] |= live
    slot: dict[int, int] = {}
    sorts: list[Kind] = []
    for number, others in conflicts.items():
        sort = _sort(graph.locals[number])
        taken = {slot[other] for other in bits(others) if other in slot}
        free = (cpu.first + n for n, one in enumerate(sorts) if one == sort)
        place = next((one for one in free if one not in taken), None)
        if place is None:
            place = cpu.first + len(sorts)
            sorts.append(sort)
        slot[number] = place
    return slot


def _together(cpu: CpuSlots, graph: Graph) -> Iterator[int]:
    """Locals, as bits, that need slots of their own: what lives at once, and where one is set."""
    yield from cpu.live
    for node in graph.nodes:
        local = defines(node)
        if local is not None:  # even if nothing reads it any more
            after = 1 << local.number
            for target in successors(node):
                after |= cpu.live[target]
            yield after


def _sort(local: Local) -> Kind:
    """What locals of one slot have in common: how a value is stored, and how wide it is."""
    kind = local.kind
    if isinstance(kind, Number):
        return Number() if kind.lowest < 0 else Number(0, 127)
    return kind


def bits(word: int) -> list[int]:
    """The numbers of the bits that are set."""
    found = []
    while word:
        low = word & -word
        found.append(low.bit_length() - 1)
        word ^= low
    return found
