# SPDX-License-Identifier: GPL-2.0-only
"""Whether another CPU is stepped alone in a packed state, as LLVM text."""

from __future__ import annotations

from memcharge.engine.native.packing import Packing
from memcharge.engine.native.placing import WORD, Bits
from memcharge.engine.native.text import Text, signed

ASIDE = "aside"


def aside_text(text: Text, packing: Packing, number: int) -> None:
    """`@aside(state)`: whether CPU `number` makes no step, for `program.alone` lets another do.

    For each CPU one table has the number of a row for every code of its label,
    0 where its step is never alone; others have in each row the codes, as
    bits, at which each other CPU may stand.
    """
    text.line(f"define internal i1 @{ASIDE}(ptr %s) {{")
    text.line("entry:")
    codes = [_code(text, one.pc) for one in packing.cpus]
    text.line("br label %ask.0")
    for cpu in range(len(codes)):
        text.label(f"ask.{cpu}")
        text.branch(_alone(text, packing, codes, cpu), f"alone.{cpu}", f"ask.{cpu + 1}")
        text.label(f"alone.{cpu}")
        text.line(f"ret i1 {int(cpu != number)}")
    text.label(f"ask.{len(codes)}")
    text.line("ret i1 0")
    text.line("}")


def _code(text: Text, at: Bits) -> str:
    """Where a CPU stands."""
    if not at.width:
        return "0"
    address = text.value(f"getelementptr i64, ptr %s, i64 {at.word}")
    moved = text.value(f"lshr i64 {text.value(f'load i64, ptr {address}')}, {at.shift}")
    return text.value(f"and i64 {moved}, {signed(at.mask)}")


def _alone(text: Text, packing: Packing, codes: list[str], cpu: int) -> str:
    """Whether the step of a CPU is enough."""
    rows, table = _rows(packing, cpu)
    row = _entry(text, tuple(table), codes[cpu])
    yes = text.value(f"icmp ne i64 {row}, 0")
    for other, code in enumerate(codes):
        if other != cpu:
            words = -(-len(packing.cpus[other].labels) // WORD)
            masks = [_codes(packing, other, one[other]) for one in rows]
            mask = (1 << WORD) - 1
            values = tuple(
                signed(free >> WORD * word & mask) for free in masks for word in range(words)
            )
            first = text.value(f"mul i64 {row}, {words}")
            place = text.value(f"add i64 {first}, {text.value(f'lshr i64 {code}, 6')}")
            found = _entry(text, values, place)
            bit = text.value(f"lshr i64 {found}, {text.value(f'and i64 {code}, {WORD - 1}')}")
            yes = text.value(f"and i1 {yes}, {text.value(f'trunc i64 {bit} to i1')}")
    return yes


def _rows(packing: Packing, cpu: int) -> tuple[list[tuple[int, ...]], list[int]]:
    """The different rows of a CPU, nothing first, and which of them each code has."""
    alone = packing.program.alone[cpu]
    numbers = {(0,) * len(packing.cpus): 0}
    table = []
    for label in packing.cpus[cpu].labels:
        row = alone[label]
        table.append(0 if row is None else numbers.setdefault(row, len(numbers)))
    return list(numbers), table


def _codes(packing: Packing, cpu: int, labels: int) -> int:
    """Labels of a CPU as its codes, both as bits."""
    known = packing.cpus[cpu].labels
    return sum(1 << code for code, label in enumerate(known) if labels >> label & 1)


def _entry(text: Text, values: tuple[int, ...], number: str) -> str:
    name, count = text.table(values), len(values)
    address = text.value(f"getelementptr [{count} x i64], ptr {name}, i64 0, i64 {number}")
    return text.value(f"load i64, ptr {address}")
