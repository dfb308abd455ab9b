# SPDX-License-Identifier: GPL-2.0-only
"""Reading and writing the bits of a packed state as LLVM text, behind the checks they need.

The words of the state are stack slots, which LLVM turns into registers.  A
check is left out where the ranges prove that it always passes.
"""

from __future__ import annotations

from memcharge.engine.native.packing import Bits, FieldBits, Packing
from memcharge.engine.native.text import Text, signed
from memcharge.ir.layout import FREED
from memcharge.ir.nodes import Expr, Place, Program
from memcharge.ir.ranges import Known, range_of


class PlaceText:
    """Writes accesses; `known` are the ranges of the locals before the node at hand."""

    def __init__(self, text: Text, packing: Packing, *, checked: bool = False) -> None:
        """With `checked` what the ranges prove is tested too."""
        self.text, self.packing, self.checked = text, packing, checked
        self.program: Program = packing.program
        self.known: Known = {}

    def expr(self, expr: Expr) -> str:
        """An expression as i64."""
        raise NotImplementedError

    # -- bits -----------------------------------------------------------------------------

    def read(self, where: Bits) -> str:
        """The value of some bits."""
        if not where.width:
            return "0"
        word = self.text.value(f"load i64, ptr %w{where.word}")
        moved = self.text.value(f"lshr i64 {word}, {where.shift}") if where.shift else word
        if where.shift + where.width == 64:
            return moved
        return self.text.value(f"and i64 {moved}, {signed(where.mask)}")

    def write(self, where: Bits, value: str) -> None:
        """Set some bits to a value that fits them."""
        if where.width:
            self.write_all(where.word, where.mask << where.shift, 0, [(where, value)])

    def write_all(self, word: int, hole: int, fixed: int, values: list[tuple[Bits, str]]) -> None:
        """Put several values into the bits `hole` of a word, and the bits `fixed`."""
        whole = self.text.value(f"load i64, ptr %w{word}")
        whole = self.text.value(f"and i64 {whole}, {signed(~hole)}")
        if fixed:
            whole = self.text.value(f"or i64 {whole}, {signed(fixed)}")
        for at, value in values:
            if value == "0":
                continue
            moved = self.text.value(f"shl i64 {value}, {at.shift}") if at.shift else value
            whole = self.text.value(f"or i64 {whole}, {moved}")
        self.text.line(f"store i64 {whole}, ptr %w{word}")

    def above(self, value: str, lowest: int) -> str:
        """A value as it is counted from `lowest`."""
        if value.lstrip("-").isdigit():
            return str(int(value) - lowest)
        return self.text.value(f"sub i64 {value}, {lowest}") if lowest else value

    def fit(self, value: str, highest: int) -> None:
        """Refuse a value above `highest` or below zero."""
        beyond = self.text.value(f"icmp ugt i64 {value}, {highest}")
        fits = self.text.name("fits")
        self.text.branch(beyond, "overflow", fits)
        self.text.label(fits)

    # -- places -----------------------------------------------------------------------------

    def load(self, place: Place) -> str:
        """The value of a place."""
        found = self.packing.fields[place.key]
        elements = self._checked_elements(place)
        if not elements:
            return "0"
        varying = [number for number in elements if number in found.at]
        if not varying:
            values = [found.fixed[number] for number in elements]
            if len(set(values)) == 1:
                return str(values[0])
            first, last = elements[0], elements[-1]
            column = tuple(found.fixed.get(n, 0) for n in range(first, last + 1))
            return self.look_up(column, self._element(place, first))
        if len(elements) == 1:
            value = self.read(found.at[elements[0]])
        else:
            word, shift = self._address(place, found)
            whole = self.text.value(f"load i64, ptr {word}")
            moved = self.text.value(f"lshr i64 {whole}, {shift}")
            value = self.text.value(f"and i64 {moved}, {found.at[elements[0]].mask}")
        return self.text.value(f"add i64 {value}, {found.lowest}") if found.lowest else value

    def store(self, place: Place, value: Expr) -> None:
        """Write a value to a place, refusing what is beyond its declaration."""
        found = self.packing.fields[place.key]
        elements = self._checked_elements(place)
        if not elements:
            return
        least, most = self.packing.ranges.declared(place.key)
        low, high = range_of(value, self.known)
        number = self.expr(value)
        if low < least or high > most:
            self.fit(self.above(number, least), most - least)
        self._put(place, found, elements, number)

    def free(self, place: Place) -> None:
        """Mark an object as freed."""
        elements = self._checked_elements(place)
        if elements:
            self._put(place, self.packing.fields[place.key], elements, "1")

    def _put(self, place: Place, found: FieldBits, elements: list[int], number: str) -> None:
        varying = [one for one in elements if one in found.at]
        if not varying:
            if self.checked and place.key[1] != FREED:
                least = min(found.fixed[one] for one in elements)
                self.fit(self.above(number, least), max(found.fixed.values()) - least)
            return
        bits = found.at[varying[0]]
        value = self.above(number, found.lowest)
        if self.checked:
            self.fit(value, bits.mask)
        if len(elements) == 1:
            self.write(bits, value)
            return
        word, shift = self._address(place, found)
        old = self.text.value(f"load i64, ptr {word}")
        hole = self.text.value(f"shl i64 {bits.mask}, {shift}")
        cleared = self.text.value(f"and i64 {old}, {self.text.value(f'xor i64 {hole}, -1')}")
        moved = self.text.value(f"shl i64 {value}, {shift}")
        both = self.text.value(f"or i64 {cleared}, {moved}")
        self.text.line(f"store i64 {both}, ptr {word}")

    def _checked_elements(self, place: Place) -> list[int]:
        """Which elements it can be, behind the checks for NULL, for what is freed, and the index.

        None if it always fails them.
        """
        self.not_null(place.obj)
        self._not_freed(place)
        elements = list(self.packing.ranges.where(place, self.known))
        if place.index is not None:
            length = self.packing.program.layout.fields[place.key].length or 1
            low, high = range_of(place.index, self.known)
            if low < 0 or high >= length:
                self.fit(self.expr(place.index), length - 1)
        if not elements:
            self._never("overflow")
        return elements

    def _address(self, place: Place, found: FieldBits) -> tuple[str, str]:
        """The word and the shift of an element that is known when it runs."""
        numbers = sorted(found.at)
        first, last = numbers[0], numbers[-1]
        position = self._element(place, first)
        if len(numbers) <= last - first:
            order = tuple(numbers.index(n) if n in found.at else 0 for n in range(first, last + 1))
            position = self.look_up(order, position)
        places = [found.at[number] for number in numbers]
        start = places[0]
        if start.word == places[-1].word:
            step = self.text.value(f"mul i64 {position}, {start.width}")
            return f"%w{start.word}", self.text.value(f"add i64 {step}, {start.shift}")
        word, shift = f"%w{start.word}", str(start.shift)
        for number, where in enumerate(places[1:], 1):
            same = self.text.value(f"icmp eq i64 {position}, {number}")
            word = self.text.value(f"select i1 {same}, ptr %w{where.word}, ptr {word}")
            shift = self.text.value(f"select i1 {same}, i64 {where.shift}, i64 {shift}")
        return word, shift

    def _element(self, place: Place, first: int) -> str:
        """The number of an element, counted from `first`."""
        row = self.above(self.expr(place.obj), 1)
        if place.index is not None:
            length = self.packing.program.layout.fields[place.key].length or 1
            base = self.text.value(f"mul i64 {row}, {length}")
            row = self.text.value(f"add i64 {base}, {self.expr(place.index)}")
        return self.above(row, first)

    def not_null(self, obj: Expr) -> None:
        """Check that a pointer is not NULL."""
        low, high = range_of(obj, self.known)
        if high <= 0:
            self._never("null_dereference")
        elif low <= 0:
            null = self.text.value(f"icmp eq i64 {self.expr(obj)}, 0")
            there = self.text.name("there")
            self.text.branch(null, "null_dereference", there)
            self.text.label(there)

    def _not_freed(self, place: Place) -> None:
        if place.struct not in self.program.layout.freeable:
            return
        mark = Place(place.struct, FREED, place.obj)
        found = self.packing.fields[mark.key]
        elements = list(self.packing.ranges.where(mark, self.known))
        if not any(number in found.at for number in elements):
            return
        if len(elements) == 1:
            freed = self.read(found.at[elements[0]])
        else:
            word, shift = self._address(mark, found)
            whole = self.text.value(f"load i64, ptr {word}")
            freed = self.text.value(f"and i64 {self.text.value(f'lshr i64 {whole}, {shift}')}, 1")
        gone = self.text.value(f"icmp ne i64 {freed}, 0")
        there = self.text.name("there")
        self.text.branch(gone, "use_after_free", there)
        self.text.label(there)

    def _never(self, end: str) -> None:
        """End the run here; what is written behind is never reached."""
        self.text.line(f"br label %{end}")
        self.text.label(self.text.name("dead"))

    def look_up(self, values: tuple[int, ...], index: str) -> str:
        """An element of a constant table: from a constant word if they all fit in one."""
        if min(values) >= 0:
            width = max(max(values).bit_length(), 1)
            if width * len(values) <= 64:
                word = sum(value << width * number for number, value in enumerate(values))
                shift = self.text.value(f"mul i64 {index}, {width}")
                moved = self.text.value(f"lshr i64 {signed(word)}, {shift}")
                return self.text.value(f"and i64 {moved}, {(1 << width) - 1}")
        table = self.text.table(values)
        address = self.text.value(f"getelementptr i64, ptr {table}, i64 {index}")
        return self.text.value(f"load i64, ptr {address}")
