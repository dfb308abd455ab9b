# SPDX-License-Identifier: GPL-2.0-only
"""Where a packed state names objects that may change places, as LLVM text.

A name in a field has its bits.  A local has them at some labels only, so it
is looked for by the label at which its CPU stands.
"""

from __future__ import annotations

from collections.abc import Callable

from memcharge.engine.native.packing import LocalBits, Packing
from memcharge.engine.native.placing import Bits
from memcharge.engine.native.text import Text, signed
from memcharge.engine.orbits import orbits_of


class NamesText:
    """Reads and writes the names of a state.

    The words are in `%w<n>`, the names in `%p<n>`, 0 where nothing is named.
    """

    def __init__(self, text: Text, packing: Packing) -> None:
        self.text, self.packing, self.program = text, packing, packing.program
        slots = packing.slots
        orbits = orbits_of(packing.program, slots)
        assert orbits is not None
        self.orbits, self.names = orbits, orbits.pointers
        self.numbers = {one.slot: index for index, one in enumerate(self.names)}
        self.fields = {
            slot: (packing.fields[key], element)
            for key, rows in slots.fields.items()
            for element, slot in enumerate(slot for row in rows for slot in row)
        }
        self.naming = {  # the CPUs whose locals may name what changes places
            number
            for number, cpu in enumerate(slots.cpus)
            if any(cpu.first <= one.slot < cpu.last for one in self.names)
        }

    def begin(self) -> None:
        """Write the variables, with the words in them."""
        text = self.text
        for word in range(self.packing.words):
            text.line(f"%w{word} = alloca i64")
            address = text.value(f"getelementptr i64, ptr %s, i64 {word}")
            text.line(f"store i64 {text.value(f'load i64, ptr {address}')}, ptr %w{word}")
        for index in range(len(self.names)):
            text.line(f"%p{index} = alloca i64")
            text.line(f"%b{index} = alloca i64")
        for cpu in sorted(self.naming):
            for word in self.packing.cpus[cpu].own:
                text.line(f"%keep{cpu}_{word} = alloca i64")

    def put_words(self) -> None:
        """Write the words back to the state."""
        for word in range(self.packing.words):
            value = self.text.value(f"load i64, ptr %w{word}")
            address = self.text.value(f"getelementptr i64, ptr %s, i64 {word}")
            self.text.line(f"store i64 {value}, ptr {address}")

    # -- bits ---------------------------------------------------------------------------

    def bits_of(self, cell: int) -> list[tuple[Bits, int | None]]:
        """The bits of a member's slot, and whose they are: at a label all that its CPU has."""
        for number, cpu in enumerate(self.packing.slots.cpus):
            packed = self.packing.cpus[number]
            if cell == cpu.pc:
                return [(packed.pc, None), *((at, number) for at in packed.rooms)]
            if cpu.first <= cell < cpu.last:
                return []
        field, element = self.fields[cell]
        return [(field.at[element], None)] if element in field.at else []

    def read(self, at: Bits) -> str:
        word = self.text.value(f"load i64, ptr %w{at.word}")
        moved = self.text.value(f"lshr i64 {word}, {at.shift}")
        return self.text.value(f"and i64 {moved}, {self.constant(at.mask)}")

    def kept(self, at: Bits, cpu: int | None) -> str:
        """The value of some bits, without the names among a CPU's locals."""
        if cpu not in self.naming:
            return self.read(at)
        word = self.text.value(f"load i64, ptr %w{at.word}")
        keep = self.text.value(f"load i64, ptr %keep{cpu}_{at.word}")
        both = self.text.value(f"and i64 {word}, {keep}")
        moved = self.text.value(f"lshr i64 {both}, {at.shift}")
        return self.text.value(f"and i64 {moved}, {self.constant(at.mask)}")

    def constant(self, value: int) -> str:
        return str(signed(value))

    def renamed(self, value: str, table: str, *, mask: bool) -> str:
        """A name, or a set of them, after a renaming of four bits an object."""
        text = self.text
        if not mask:
            far = text.value(f"shl i64 {value}, 2")
            return text.value(f"and i64 {text.value(f'lshr i64 {table}, {far}')}, 15")
        whole = "0"
        for bit in range(8):
            one = text.value(f"and i64 {text.value(f'lshr i64 {value}, {bit}')}, 1")
            place = text.value(f"and i64 {text.value(f'lshr i64 {table}, {4 * bit}')}, 15")
            whole = text.value(f"or i64 {whole}, {text.value(f'shl i64 {one}, {place}')}")
        return whole

    # -- names --------------------------------------------------------------------------

    def take_names(self) -> None:
        """Take all names from their bits, and note which bits of a CPU's locals are none."""
        for slot, index in self.numbers.items():
            value = "0"
            if slot in self.fields:
                field, element = self.fields[slot]
                value = str(field.fixed.get(element, 0))
                if element in field.at:
                    value = self.text.value(
                        f"add i64 {self.read(field.at[element])}, {field.lowest}"
                    )
            self.text.line(f"store i64 {value}, ptr %p{index}")
        for cpu in sorted(self.naming):
            for word in self.packing.cpus[cpu].own:
                self.text.line(f"store i64 -1, ptr %keep{cpu}_{word}")
            self._at_labels(cpu, self._take)

    def put_names(self) -> None:
        """Put all names back into their bits."""
        for slot, index in self.numbers.items():
            if slot in self.fields:
                field, element = self.fields[slot]
                if element in field.at:
                    self._write(field.at[element], index, field.lowest)
        for cpu in sorted(self.naming):
            self._at_labels(cpu, self._put)

    def _take(self, cpu: int, here: tuple[LocalBits, ...]) -> None:
        for one in here:
            value = self.text.value(f"add i64 {self.read(one.at)}, {one.lowest}")
            self.text.line(f"store i64 {value}, ptr %p{self.numbers[one.slot]}")
        for word in self.packing.cpus[cpu].own:
            hole = sum(one.at.mask << one.at.shift for one in here if one.at.word == word)
            self.text.line(f"store i64 {self.constant(~hole)}, ptr %keep{cpu}_{word}")

    def _put(self, cpu: int, here: tuple[LocalBits, ...]) -> None:  # noqa: ARG002 - as `_take`
        for one in here:
            self._write(one.at, self.numbers[one.slot], one.lowest)

    def _write(self, at: Bits, index: int, lowest: int) -> None:
        text = self.text
        value = text.value(f"sub i64 {text.value(f'load i64, ptr %p{index}')}, {lowest}")
        word = text.value(f"load i64, ptr %w{at.word}")
        rest = text.value(f"and i64 {word}, {self.constant(~(at.mask << at.shift))}")
        moved = text.value(f"shl i64 {value}, {at.shift}")
        text.line(f"store i64 {text.value(f'or i64 {rest}, {moved}')}, ptr %w{at.word}")

    def _at_labels(self, cpu: int, do: Callable[[int, tuple[LocalBits, ...]], None]) -> None:
        """Write a block for each set of names that a CPU has at some labels."""
        packed = self.packing.cpus[cpu]
        cases: dict[tuple[LocalBits, ...], list[int]] = {}
        for label, locals_here in packed.locals.items():
            named = tuple(
                LocalBits(0, one.slot, one.at, one.lowest, 0)
                for one in locals_here
                if one.slot in self.numbers and one.at.width
            )
            if named:
                cases.setdefault(named, []).append(packed.codes[label])
        after = self.text.name("after")
        blocks = {named: self.text.name("names") for named in cases}
        table = " ".join(
            f"i64 {code}, label %{blocks[named]}"
            for named, codes in cases.items()
            for code in codes
        )
        self.text.line(f"switch i64 {self.read(packed.pc)}, label %{after} [{table}]")
        for named, block in blocks.items():
            self.text.label(block)
            do(cpu, named)
            self.text.line(f"br label %{after}")
        self.text.label(after)
