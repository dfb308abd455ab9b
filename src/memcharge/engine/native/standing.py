# SPDX-License-Identifier: GPL-2.0-only
"""The state that stands for all that differ in which member is which, as LLVM text.

`@standing(state)` turns a packed state into the one that `Orbits` chooses.
Most states are that already.  Else the members are put in order, their bits
changing places; then what names a member is renamed.  Where members are
equal but for that, every order of them is tried for the least names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise, permutations, product

from memcharge.engine.native.names import NamesText
from memcharge.engine.native.packing import Packing
from memcharge.engine.native.placing import WORD, Bits
from memcharge.engine.native.text import Text
from memcharge.engine.orbits import Order

STANDING = "standing"
Values = list[str]  # a key, or names: 64-bit values that are compared one after another


class StandingText(NamesText):
    """Writes the function of one program."""

    def __init__(self, text: Text, packing: Packing) -> None:
        super().__init__(text, packing)
        self.groups = range(len(self.orbits.cells))
        self.keys: list[list[Values]] = []  # of every group, as the members stand now
        self.order: list[Values] = []  # which member has come to each place

    def write(self) -> None:
        """Write `@standing`."""
        text = self.text
        text.line(f"define internal void @{STANDING}(ptr %s) {{")
        text.line("entry:")
        self.begin()
        self.take_names()
        self.keys = [
            [self._key(group, member) for member in range(len(cells))]
            for group, cells in enumerate(self.orbits.cells)
        ]
        pairs = [pair for keys in self.keys for pair in pairwise(keys)]
        text.branch(self._all(self._below(one, other)[0] for one, other in pairs), "done", "level")
        text.label("level")
        falling = [self._below(other, one)[0] for one, other in pairs]
        rising = [text.value(f"xor i1 {one}, true") for one in falling]
        text.branch(self._all([*rising, self._nameless()]), "done", "order")
        text.label("order")
        self.order = [[str(n) for n in range(len(cells))] for cells in self.orbits.cells]
        for group in self.groups:
            self._sort(group)
        if self.names:
            self._rename()
        self.put_words()
        text.line("br label %done")
        text.label("done")
        text.line("ret void")
        text.line("}")

    # -- keys ---------------------------------------------------------------------------

    def _key(self, group: int, member: int) -> Values:
        """What a member is put in order by."""
        places = [one for cell in self.orbits.keys[group][member] for one in self.bits_of(cell)]
        return self.packed([(self.kept(at, cpu), at.width) for at, cpu in places if at.width])

    def packed(self, parts: Sequence[tuple[str, int]]) -> Values:
        """Values of so many bits side by side in few words; the first weigh most."""
        found: Values = []
        used = WORD
        for value, width in parts:
            if used + width > WORD:
                found.append(value)
                used = width
                continue
            moved = self.text.value(f"shl i64 {found[-1]}, {width}")
            found[-1] = self.text.value(f"or i64 {moved}, {value}")
            used += width
        return found

    def _below(self, one: Values, other: Values) -> tuple[str, str]:
        """Whether one comes before the other, and whether they are equal."""
        text, below, equal = self.text, "false", "true"
        for left, right in zip(one, other, strict=True):
            less = text.value(f"icmp ult i64 {left}, {right}")
            same = text.value(f"icmp eq i64 {left}, {right}")
            here = text.value(f"and i1 {equal}, {less}")
            below = text.value(f"or i1 {below}, {here}")
            equal = text.value(f"and i1 {equal}, {same}")
        return below, equal

    def _all(self, conditions: Iterator[str] | Sequence[str]) -> str:
        whole = "true"
        for one in conditions:
            whole = self.text.value(f"and i1 {whole}, {one}")
        return whole

    def _nameless(self) -> str:
        """Whether nothing names a member, or any object of its struct."""
        whole = "0"
        for index in range(len(self.names)):
            name = self.text.value(f"load i64, ptr %p{index}")
            whole = self.text.value(f"or i64 {whole}, {name}")
        return self.text.value(f"icmp eq i64 {whole}, 0")

    # -- order --------------------------------------------------------------------------

    def _sort(self, group: int) -> None:
        """Exchange neighbours until all are in order."""
        for last in range(len(self.keys[group]) - 1, 0, -1):
            for place in range(last):
                self._exchange(group, place)

    def _exchange(self, group: int, place: int) -> None:
        """Let a member and the one behind it change places if they are in the wrong order."""
        text, keys, order = self.text, self.keys[group], self.order[group]
        swap, _ = self._below(keys[place + 1], keys[place])
        mask = text.value(f"sext i1 {swap} to i64")
        pairs = zip(
            self.orbits.cells[group][place], self.orbits.cells[group][place + 1], strict=True
        )
        for one, other in pairs:
            for (here, _), (there, _) in zip(self.bits_of(one), self.bits_of(other), strict=True):
                self._swap_bits(here, there, mask)
        low, high = keys[place], keys[place + 1]
        keys[place] = [self._if(swap, b, a) for a, b in zip(low, high, strict=True)]
        keys[place + 1] = [self._if(swap, a, b) for a, b in zip(low, high, strict=True)]
        first, second = order[place], order[place + 1]
        order[place] = self._if(swap, second, first)
        order[place + 1] = self._if(swap, first, second)

    def _if(self, condition: str, yes: str, no: str) -> str:
        return self.text.value(f"select i1 {condition}, i64 {yes}, i64 {no}")

    def _swap_bits(self, here: Bits, there: Bits, mask: str) -> None:
        text = self.text
        apart = text.value(f"xor i64 {self.read(here)}, {self.read(there)}")
        apart = text.value(f"and i64 {apart}, {mask}")
        for at in (here, there):
            word = text.value(f"load i64, ptr %w{at.word}")
            moved = text.value(f"shl i64 {apart}, {at.shift}")
            text.line(f"store i64 {text.value(f'xor i64 {word}, {moved}')}, ptr %w{at.word}")

    # -- names --------------------------------------------------------------------------

    def _rename(self) -> None:
        """Rename what names a member; try the orders of members with equal keys."""
        text = self.text
        text.branch(self._nameless(), "written", "rename")
        text.label("rename")
        self.take_names()
        same = [[self._below(one, other)[1] for one, other in pairwise(keys)] for keys in self.keys]
        as_they_are = tuple(tuple(range(len(keys))) for keys in self.keys)
        best = self._named(as_they_are)
        for index, value in enumerate(best):
            text.line(f"store i64 {value}, ptr %b{index}")
        for tried in product(*(permutations(range(len(keys))) for keys in self.keys)):
            if tried != as_they_are:
                self._try(tried, same)
        self._settle()
        self.put_names()
        text.line("br label %written")
        text.label("written")

    def _try(self, tried: Order, same: list[Values]) -> None:
        """Take this order if it only moves equal members, and its names are less."""
        text = self.text
        needed = [
            same[group][place]
            for group, places in enumerate(tried)
            for place in range(len(places) - 1)
            if any(min(i, n) <= place < max(i, n) for i, n in enumerate(places))
        ]
        attempt, after = text.name("try"), text.name("after")
        text.branch(self._all(needed), attempt, after)
        text.label(attempt)
        values = self._named(tried)
        known = [text.value(f"load i64, ptr %b{index}") for index in range(len(values))]
        less, _ = self._below(values, known)
        for index, (value, old) in enumerate(zip(values, known, strict=True)):
            text.line(f"store i64 {self._if(less, value, old)}, ptr %b{index}")
        text.line(f"br label %{after}")
        text.label(after)

    def _named(self, tried: Order) -> Values:
        """All names if the members at the places that `tried` says come to each place."""
        tables = {
            struct: self._renaming(struct, tried) for struct in {one.struct for one in self.names}
        }
        source = {
            self.orbits.cells[group][place][cell]: self.orbits.cells[group][come][cell]
            for group, places in enumerate(tried)
            for place, come in enumerate(places)
            for cell in range(len(self.orbits.cells[group][place]))
        }
        numbers = {one.slot: index for index, one in enumerate(self.names)}
        parts = []
        for one in self.names:
            index = numbers[source.get(one.slot, one.slot)]
            value = self.text.value(f"load i64, ptr %p{index}")
            parts.append((self.renamed(value, tables[one.struct], mask=one.mask), 8))
        return self.packed(parts)

    def _renaming(self, struct: str, tried: Order) -> str:
        """What each object of a struct becomes, four bits an object."""
        text = self.text
        fixed = {*range(16)}
        changes = []
        for group, places in enumerate(tried):
            members = self.program.symmetry[group]
            for place, come in enumerate(places):
                for index, (one, new) in enumerate(members[place].objects):
                    if one != struct:
                        continue
                    numbers = [member.objects[index][1] for member in members]
                    fixed -= {*numbers}
                    word = sum(4 * number << 8 * n for n, number in enumerate(numbers))
                    far = text.value(f"shl i64 {self.order[group][come]}, 3")
                    shift = text.value(f"and i64 {text.value(f'lshr i64 {word}, {far}')}, 255")
                    changes.append(text.value(f"shl i64 {new}, {shift}"))
        whole = self.constant(sum(number << 4 * number for number in fixed))
        for one in changes:
            whole = text.value(f"or i64 {whole}, {one}")
        return whole

    def _settle(self) -> None:
        """The least names become those of the state."""
        per_word = WORD // 8
        for index in range(len(self.names)):
            word, place = divmod(index, per_word)
            here = min(per_word, len(self.names) - word * per_word)
            best = self.text.value(f"load i64, ptr %b{word}")
            moved = self.text.value(f"lshr i64 {best}, {8 * (here - 1 - place)}")
            value = self.text.value(f"and i64 {moved}, 255")
            self.text.line(f"store i64 {value}, ptr %p{index}")
