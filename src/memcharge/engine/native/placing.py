# SPDX-License-Identifier: GPL-2.0-only
"""Which bits of which word: groups of bits laid out, each within one word."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

WORD = 64
Item = tuple[Hashable, int]  # a name and how many bits it takes


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
class Group:
    """What is to lie side by side, in this order, if it fits into one word."""

    items: list[Item]

    @property
    def bits(self) -> int:
        return sum(bits for _, bits in self.items)


def place(groups: Sequence[Group]) -> tuple[int, dict[Hashable, Bits]]:
    """The number of words, and where each item lies: first fit, widest group first."""
    whole: list[Group] = []
    for group in groups:
        if group.bits <= WORD:
            whole.append(group)
        else:
            whole += [Group([item]) for item in group.items]
    used: list[int] = []
    found: dict[Hashable, Bits] = {}
    for group in sorted(whole, key=lambda one: -one.bits):
        word = next((i for i, bits in enumerate(used) if bits + group.bits <= WORD), len(used))
        if word == len(used):
            used.append(0)
        for name, bits in group.items:
            found[name] = Bits(word, used[word] if bits else 0, bits)
            used[word] += bits
    return max(1, len(used)), found


def split(number: int, label: int, needed: Sequence[Sequence[Item]]) -> list[Group]:
    """The bits of one CPU: a label, and room for its locals at any label.

    They are one group, `(number, "pc")` and `(number, "locals", 0)`, if they fit
    into one word, else several; `needed` has the locals of each label.
    """
    most = max((sum(bits for _, bits in one) for one in needed), default=0)
    if label + most <= WORD:
        return [Group([((number, "pc"), label), ((number, "locals", 0), most)])]
    rooms = [WORD // 2] * (most // (WORD // 2))
    rooms.append(most - sum(rooms))
    while not all(_fits(rooms, [bits for _, bits in one]) for one in needed):
        rooms.append(WORD // 8)
    parts = [Group([((number, "locals", i), bits)]) for i, bits in enumerate(rooms) if bits]
    return [Group([((number, "pc"), label)]), *parts]


def _fits(rooms: Sequence[int], widths: Sequence[int]) -> bool:
    """Whether first fit finds room for all, widest first."""
    left = list(rooms)
    for bits in sorted(widths, reverse=True):
        room = next((i for i, free in enumerate(left) if bits <= free), None)
        if room is None:
            return False
        left[room] -= bits
    return True
