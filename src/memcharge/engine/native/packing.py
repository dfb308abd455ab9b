# SPDX-License-Identifier: GPL-2.0-only
"""States packed into 64-bit words: the bytes of `Slots`, each in as few bits as it needs.

The elements of a field lie side by side where they fit into one word, so that
one at a variable index is a shift away.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from memcharge.engine.slots import ENDINGS, FINDING, FREED, WARNED, Slots
from memcharge.ir.nodes import Local, Number, Pointer, Program, Truth

WORD = 64


@dataclass(frozen=True, slots=True)
class Bits:
    """Where something lies: the word, the lowest bit, the number of bits."""

    word: int
    shift: int
    width: int

    @property
    def mask(self) -> int:
        return (1 << self.width) - 1


@dataclass(slots=True)
class Packing:
    """Where every byte of a `Slots` state lies in the words of a packed one.

    A CPU's label is one number here, at the place of its low byte.
    """

    words: int = 0
    at: dict[int, Bits] = field(default_factory=dict)
    labels: dict[int, int] = field(default_factory=dict)

    def pack(self, state: bytes) -> list[int]:
        """The words of a state."""
        words = [0] * self.words
        for slot, bits in self.at.items():
            value = state[slot]
            if slot in self.labels:
                value |= state[slot + 1] << 8
            words[bits.word] |= value << bits.shift
        return words

    def unpack(self, words: list[int], size: int) -> bytes:
        """The state of `size` bytes that some words hold."""
        state = bytearray(size)
        for slot, bits in self.at.items():
            value = words[bits.word] >> bits.shift & bits.mask
            state[slot] = value & 255
            if slot in self.labels:
                state[slot + 1] = value >> 8
        return bytes(state)


def width(values: int) -> int:
    """The bits that tell so many values apart; at least one."""
    return max(1, (values - 1).bit_length())


def local_width(program: Program, local: Local) -> int:
    """The bits of a stored local."""
    match local.kind:
        case Truth():
            return 1
        case Pointer(struct):
            return width(len(program.layout.pools.get(struct, ())) + 1)
        case Number(lowest, highest):
            return 8 if lowest < 0 else width(highest + 1)


def packing_of(program: Program, slots: Slots) -> Packing:
    """Lay out the words: labels first, then locals, then fields, each group kept together."""
    groups: list[list[tuple[int, int]]] = [[(FINDING, width(len(ENDINGS))), (WARNED, 1)]]
    packing = Packing()
    for cpu, graph in zip(slots.cpus, program.cpus, strict=True):
        packing.labels[cpu.pc] = len(cpu.nodes)
        groups.append([(cpu.pc, width(len(cpu.nodes)))])
        widths: dict[int, int] = {}
        for number, slot in cpu.local.items():
            needed = local_width(program, graph.locals[number])
            widths[slot] = max(widths.get(slot, 1), needed)
        groups += [[one] for one in sorted(widths.items())]
    for key, rows in slots.fields.items():
        needed = 1
        if key[1] != FREED:
            info = program.layout.fields[key]
            values = info.highest - min(info.lowest, 0) + 1
            if info.target is not None:
                values = len(program.layout.pools.get(info.target, ())) + 1
            needed = width(values)
        groups.append([(slot, needed) for row in rows for slot in row])
    _place(packing, groups)
    return packing


def _place(packing: Packing, groups: list[list[tuple[int, int]]]) -> None:
    """First fit, widest group first; a group wider than a word is split."""
    used: list[int] = []
    whole: list[list[tuple[int, int]]] = []
    for group in groups:
        needed = sum(bits for _, bits in group)
        whole += [group] if needed <= WORD else [[one] for one in group]
    for group in sorted(whole, key=lambda one: -sum(bits for _, bits in one)):
        needed = sum(bits for _, bits in group)
        word = next((i for i, bits in enumerate(used) if bits + needed <= WORD), len(used))
        if word == len(used):
            used.append(0)
        for slot, bits in group:
            packing.at[slot] = Bits(word, used[word], bits)
            used[word] += bits
    packing.words = max(1, len(used))
