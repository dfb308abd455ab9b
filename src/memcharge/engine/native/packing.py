# SPDX-License-Identifier: GPL-2.0-only
"""States packed into 64-bit words: the bytes of `Slots`, each in as few bits as it needs.

What an element of a field and a local can be follows from the ranges of the
program; an element that only ever is one value takes no bits.  A CPU has one
group of bits for its label and for all its locals, and what lies there is
another thing at every label: only the locals that are alive there.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from memcharge.engine.native.evened import even_out
from memcharge.engine.native.placing import Bits, Group, Item, place, split
from memcharge.engine.slots import ENDINGS, FINDING, WARNED, CpuSlots, Slots, bits, offset
from memcharge.ir.layout import FREED, Key
from memcharge.ir.nodes import Free, Load, Node, Place, Program, Store, Warn
from memcharge.ir.ranges import Range, Ranges

__all__ = ["Bits", "CpuBits", "FieldBits", "Packing", "packing_of"]

NOTHING = Bits(0, 0, 0)


@dataclass(frozen=True, slots=True)
class LocalBits:
    """A local at one label: its slot, its bits, its range."""

    local: int
    slot: int
    at: Bits
    lowest: int
    most: int


@dataclass(slots=True)
class CpuBits:
    """One CPU: its label's bits, the number there of each label, the locals at each label.

    `labels` are the labels by those numbers.  `own` are all its bits, as a
    mask for each word that has some, `rooms` those for locals.  A label that
    is not in `codes` is never reached.
    """

    pc: Bits = NOTHING
    codes: dict[int, int] = field(default_factory=dict)
    labels: list[int] = field(default_factory=list)
    locals: dict[int, list[LocalBits]] = field(default_factory=dict)
    own: dict[int, int] = field(default_factory=dict)
    rooms: list[Bits] = field(default_factory=list)


@dataclass(slots=True)
class FieldBits:
    """One field: the bits of the elements that vary, by element; all count from `lowest`.

    The others have their value in `fixed`.
    """

    lowest: int
    at: dict[int, Bits] = field(default_factory=dict)
    fixed: dict[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class Packing:
    """Where everything lies in the words of a packed state."""

    program: Program
    slots: Slots
    ranges: Ranges
    words: int = 1
    finding: Bits = NOTHING
    warned: Bits = NOTHING
    cpus: list[CpuBits] = field(default_factory=list)
    fields: dict[Key, FieldBits] = field(default_factory=dict)

    def pack(self, state: bytes) -> list[int]:
        """The words of a state."""
        words = [0] * self.words

        def put(at: Bits, value: int) -> None:
            words[at.word] |= value << at.shift

        put(self.finding, state[FINDING])
        put(self.warned, state[WARNED])
        for cpu, packed, graph in zip(self.slots.cpus, self.cpus, self.program.cpus, strict=True):
            label = state[cpu.pc] | state[cpu.pc + 1] << 8
            put(packed.pc, packed.codes[label])
            for one in packed.locals[label]:
                value = state[one.slot] - offset(graph.locals[one.local])
                put(one.at, value - one.lowest)
        for key, found in self.fields.items():
            elements = self._elements(key)
            for number, at in found.at.items():
                put(at, state[elements[number]] + self._least(key) - found.lowest)
        return words

    def unpack(self, words: list[int], size: int) -> bytes:
        """The state of `size` bytes that some words hold."""
        state = bytearray(size)

        def get(at: Bits) -> int:
            return words[at.word] >> at.shift & at.mask

        state[FINDING], state[WARNED] = get(self.finding), get(self.warned)
        for cpu, packed, graph in zip(self.slots.cpus, self.cpus, self.program.cpus, strict=True):
            label = packed.labels[get(packed.pc)]
            state[cpu.pc], state[cpu.pc + 1] = label & 255, label >> 8
            for one in packed.locals[label]:
                state[one.slot] = get(one.at) + one.lowest + offset(graph.locals[one.local])
        for key, found in self.fields.items():
            elements, least = self._elements(key), self._least(key)
            for number, value in found.fixed.items():
                state[elements[number]] = value - least
            for number, at in found.at.items():
                state[elements[number]] = get(at) + found.lowest - least
        return bytes(state)

    def _elements(self, key: Key) -> list[int]:
        return [slot for row in self.slots.fields[key] for slot in row]

    def _least(self, key: Key) -> int:
        """What the bytes of a field count from."""
        return 0 if key[1] == FREED else min(self.program.layout.fields[key].lowest, 0)


def width(values: int) -> int:
    """The bits that tell so many values apart."""
    return (values - 1).bit_length()


def packing_of(program: Program, slots: Slots) -> Packing:
    """Find out what varies, and lay out the words."""
    ranges = Ranges(program, [cpu.live for cpu in slots.cpus])
    even_out(ranges, program)
    packing = Packing(program, slots, ranges)
    warns = any(isinstance(node, Warn) for graph in program.cpus for node in graph.nodes)
    header = Group([("finding", width(len(ENDINGS))), ("warned", int(warns))])
    groups = [header]
    for number, cpu in enumerate(slots.cpus):
        packed = _cpu(number, cpu, ranges)
        packing.cpus.append(packed)
        needed = [
            [(one.local, one.at.width) for one in locals_here]
            for locals_here in packed.locals.values()
        ]
        groups += split(number, width(len(packed.codes)), needed)
    written, together = _touched(program, ranges)
    for key in slots.fields:
        found, needed_bits = _field(packing, key, written, together)
        packing.fields[key] = found
        one_by_one = key not in together
        items: list[Item] = [((key, number), needed_bits) for number in found.at]
        groups += [Group([item]) for item in items] if one_by_one else [Group(items)]
    packing.words, where = place(groups)
    packing.finding, packing.warned = where["finding"], where["warned"]
    for number, packed in enumerate(packing.cpus):
        _locate(packed, number, where)
    for key, found in packing.fields.items():
        found.at = {number: where[key, number] for number in found.at}
    return packing


def _cpu(number: int, cpu: CpuSlots, ranges: Ranges) -> CpuBits:
    """What a CPU has at each label, its bits still to be placed."""
    packed = CpuBits(codes={0: 0}, labels=[0], locals={0: []})
    for node, label in cpu.labels.items():
        known = ranges.at[number].get(node)
        if known is None:
            continue
        packed.codes[label] = len(packed.labels)
        packed.labels.append(label)
        packed.locals[label] = [
            LocalBits(one, cpu.local[one], Bits(0, 0, width(high - low + 1)), low, high)
            for one in bits(cpu.live[node])
            for low, high in [known[one]]
        ]
    return packed


def _locate(packed: CpuBits, number: int, where: dict[object, Bits]) -> None:
    """Give the label and the locals of every label their bits.

    In one room the first slot has the highest bits, so that two states of one
    label compare as numbers as their slots do; in several it is first fit.
    """
    packed.pc = where[number, "pc"]
    rooms = [
        at
        for name, at in where.items()
        if isinstance(name, tuple) and name[:2] == (number, "locals")
    ]
    for label, here in packed.locals.items():
        used = [0] * len(rooms)
        placed = []
        order = sorted(here, key=lambda local: -local.slot if len(rooms) == 1 else -local.at.width)
        for one in order:
            room = next(i for i, at in enumerate(rooms) if used[i] + one.at.width <= at.width)
            at = Bits(rooms[room].word, rooms[room].shift + used[room], one.at.width)
            used[room] += one.at.width
            placed.append(LocalBits(one.local, one.slot, at, one.lowest, one.most))
        packed.locals[label] = placed
    packed.rooms = rooms
    for at in (packed.pc, *rooms):
        packed.own[at.word] = packed.own.get(at.word, 0) | at.mask << at.shift


def _touched(program: Program, ranges: Ranges) -> tuple[dict[Key, set[int]], dict[Key, set[int]]]:
    """The elements that are written, and those that are reached together, at variable addresses."""
    written: dict[Key, set[int]] = {}
    together: dict[Key, set[int]] = {}
    for which, graph in enumerate(ranges.graphs):
        for number, known in ranges.at[which].items():
            node = graph.nodes[number]
            for place_of in _places(program, node):
                elements = set(ranges.where(place_of, known))
                if len(elements) > 1:
                    together.setdefault(place_of.key, set()).update(elements)
                if not isinstance(node, Load) and (place_of.field == FREED) == isinstance(
                    node, Free
                ):
                    written.setdefault(place_of.key, set()).update(elements)
    return written, together


def _places(program: Program, node: Node) -> list[Place]:
    """What a node reads or writes, whether the object was freed included."""
    match node:
        case Load(place=found) | Store(place=found):
            if found.struct in program.layout.freeable:
                return [found, Place(found.struct, FREED, found.obj)]
            return [found]
        case Free(struct=struct, obj=obj):
            return [Place(struct, FREED, obj)]
    return []


def _field(
    packing: Packing, key: Key, written: dict[Key, set[int]], together: dict[Key, set[int]]
) -> tuple[FieldBits, int]:
    """Which elements of a field vary, and the bits that each of them takes."""
    count = sum(len(row) for row in packing.slots.fields[key])
    ranges: list[Range] = packing.ranges.elements.get(key, [(0, 1)] * count)
    varying = {number for number in written.get(key, ()) if ranges[number][0] != ranges[number][1]}
    if varying:  # what is looked up together lies together
        varying |= together.get(key, set())
    low = min((ranges[number][0] for number in varying), default=0)
    high = max((ranges[number][1] for number in varying), default=0)
    found = FieldBits(low)
    for number in range(count):
        if number in varying:
            found.at[number] = NOTHING
        else:
            found.fixed[number] = 0 if key[1] == FREED else ranges[number][0]
    return found, width(high - low + 1)
