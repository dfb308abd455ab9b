# SPDX-License-Identifier: GPL-2.0-only
"""States that differ only in which of several interchangeable members is which.

Of all of them one stands for the rest: the one in which the members are in
order, each by its key.  The key is what a member's slots hold, but for
pointers to what changes places.  Where keys are equal, the order is the one
that makes these pointers least, slot by slot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain, groupby, permutations, product

from memcharge.engine.slots import Slots
from memcharge.ir.layout import FREED
from memcharge.ir.nodes import Mask, Member, Pointer, Program

Order = tuple[tuple[int, ...], ...]  # for each group which member comes to each place
Canonical = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Moved:
    """A slot that names what changes places: an object of `struct`, or a set of them as bits."""

    slot: int
    struct: str
    mask: bool


@dataclass(slots=True)
class Way:
    """How a state changes under one order: where each slot's value comes from, what it becomes."""

    source: dict[int, int]
    pieces: list[tuple[int, int, int]]
    tables: dict[tuple[str, bool], bytes]


@dataclass(slots=True)
class Orbits:
    """The groups of a program as slots.

    `cells[group][member]` are the member's slots, those of one place in the
    members side by side; `keys` are those without the `pointers`.  The low slot
    of a label stands for both.
    """

    program: Program
    slots: Slots
    cells: list[list[list[int]]]
    keys: list[list[list[int]]]
    pointers: list[Moved]
    _ways: dict[Order, Way] = field(default_factory=dict)

    # -- orders -----------------------------------------------------------------------

    def orders(self) -> Iterator[Order]:
        """Every order of the members."""
        return product(*(permutations(range(len(group))) for group in self.cells))

    def way(self, order: Order) -> Way:
        """How a state changes under an order."""
        found = self._ways.get(order)
        if found is None:
            found = self._ways[order] = self._way(order)
        return found

    def _way(self, order: Order) -> Way:
        source: dict[int, int] = {}
        renamed: dict[str, dict[int, int]] = {}
        for number, places in enumerate(order):
            members = self.program.symmetry[number]
            for place, member in enumerate(places):
                pairs = zip(self.cells[number][place], self.cells[number][member], strict=True)
                for to, come in pairs:
                    source[to] = come
                    if to in self._labels():
                        source[to + 1] = come + 1
                objects = zip(members[member].objects, members[place].objects, strict=True)
                for (struct, old), (_, new) in objects:
                    renamed.setdefault(struct, {})[old] = new
        tables = {
            (one.struct, one.mask): _table(renamed.get(one.struct, {}), one.mask)
            for one in self.pointers
        }
        return Way(source, _pieces(source), tables)

    def _labels(self) -> set[int]:
        return {cpu.pc for cpu in self.slots.cpus}

    # -- states ------------------------------------------------------------------------

    def image(self, state: bytes, order: Order) -> bytes:
        """The state with its members in another order."""
        way = self.way(order)
        image = bytearray(state)
        for to, end, come in way.pieces:
            image[to:end] = state[come : come + end - to]
        for one in self.pointers:
            image[one.slot] = way.tables[one.struct, one.mask][image[one.slot]]
        return bytes(image)

    def named(self, state: bytes, order: Order) -> tuple[int, ...]:
        """What the pointers of that image are."""
        way = self.way(order)
        return tuple(
            way.tables[one.struct, one.mask][state[way.source.get(one.slot, one.slot)]]
            for one in self.pointers
        )

    def chosen(self, state: bytes, keys: tuple[tuple[bytes, ...], ...]) -> bytes:
        """The state that stands for this one, whose members have these keys."""
        sure = tuple(tuple(sorted(range(len(one)), key=one.__getitem__)) for one in keys)
        equal = any(len(set(one)) < len(one) for one in keys)
        if equal and any(state[one.slot] for one in self.pointers):
            possible = product(*map(_sorted_orders, keys))
            sure = min(possible, key=lambda order: self.named(state, order))
        return self.image(state, sure)


def orbits_of(program: Program, slots: Slots) -> Orbits | None:
    """The groups of a program as slots; None if nothing is interchangeable."""
    if not program.symmetry:
        return None
    structs = {
        struct for group in program.symmetry for member in group for struct, _ in member.objects
    }
    pointers = _pointers(program, slots, structs)
    cells = [[_cells(slots, member) for member in group] for group in program.symmetry]
    if any(len({len(member) for member in group}) > 1 for group in cells):
        raise AssertionError("interchangeable members differ in size")
    named = {one.slot for one in pointers}
    keys = [[[cell for cell in member if cell not in named] for member in group] for group in cells]
    return Orbits(program, slots, cells, keys, pointers)


def named_groups(program: Program) -> tuple[str, ...]:
    """What changes places with what, a line a group."""
    pools = program.layout.pools

    def named(member: Member) -> str:
        cpus = [f"CPU {cpu} {program.cpus[cpu].name}" for cpu in member.cpus]
        return ", ".join([*cpus, *(pools[struct][obj - 1] for struct, obj in member.objects)])

    return tuple(" = ".join(map(named, group)) for group in program.symmetry)


def canonical_of(orbits: Orbits) -> Canonical:
    """A function that gives the state that stands for a state, written out for these groups."""
    lines = ["def canonical(s):"]
    names, rising, equal = [], [], []
    for number, group in enumerate(orbits.keys):
        mine = [f"k{number}_{member}" for member in range(len(group))]
        labels = orbits._labels()  # noqa: SLF001 - its own module
        for name, cells in zip(mine, group, strict=True):
            whole = chain.from_iterable((c + 1, c) if c in labels else (c,) for c in cells)
            lines.append(f" {name} = {_slices([*whole])}")
        names.append(f"({', '.join(mine)},)")
        rising.append(" < ".join(mine))
        equal.append(" <= ".join(mine))
    nothing = [f"s[{one.slot}]" for one in orbits.pointers]
    none = f" and not ({' or '.join(nothing)})" if nothing else ""
    lines.append(f" if {' and '.join(rising)}: return s")
    lines.append(f" if {' and '.join(equal)}{none}: return s")
    lines.append(f" return chosen(s, ({', '.join(names)},))")
    scope = {"chosen": orbits.chosen}
    exec(compile("\n".join(lines), "<orbits>", "exec"), scope)  # noqa: S102 - our own
    made: Canonical = scope["canonical"]  # type: ignore[assignment]
    return made


def _pointers(program: Program, slots: Slots, structs: set[str]) -> list[Moved]:
    """All slots whose values change with the objects."""
    found: dict[int, Moved] = {}
    for place, graph in zip(slots.cpus, program.cpus, strict=True):
        for number, slot in place.local.items():
            match graph.locals[number].kind:
                case Pointer(struct) | Mask(struct) as kind if struct in structs:
                    found[slot] = Moved(slot, struct, isinstance(kind, Mask))
    for key, rows in slots.fields.items():
        target = None if key[1] == FREED else program.layout.fields[key].target
        if target in structs:
            found.update((slot, Moved(slot, target, False)) for row in rows for slot in row)
    return [found[slot] for slot in sorted(found)]


def _cells(slots: Slots, member: Member) -> list[int]:
    cells = []
    for cpu in member.cpus:
        place = slots.cpus[cpu]
        cells += [place.pc, *range(place.first, place.last)]
    for struct, obj in member.objects:
        for key, rows in slots.fields.items():
            if key[0] == struct:
                cells += rows[obj - 1]
    return cells


def _sorted_orders(keys: tuple[bytes, ...]) -> list[tuple[int, ...]]:
    """All orders in which the keys do not fall."""
    members = sorted(range(len(keys)), key=keys.__getitem__)
    alike = [[*some] for _, some in groupby(members, key=keys.__getitem__)]
    return [tuple(chain(*one)) for one in product(*(permutations(some) for some in alike))]


def _table(renamed: dict[int, int], mask: bool) -> bytes:
    """What each byte becomes."""
    if not mask:
        return bytes(renamed.get(value, value) for value in range(256))
    return bytes(
        sum(1 << renamed.get(bit, bit) for bit in range(8) if value >> bit & 1)
        for value in range(256)
    )


def _pieces(source: dict[int, int]) -> list[tuple[int, int, int]]:
    """What moves, as runs of slots: where to, up to where, where from."""
    pieces: list[tuple[int, int, int]] = []
    for to in sorted(source):
        come = source[to]
        if pieces and pieces[-1][1] == to and pieces[-1][2] + to - pieces[-1][0] == come:
            pieces[-1] = (pieces[-1][0], to + 1, pieces[-1][2])
        elif come != to:
            pieces.append((to, to + 1, come))
    return pieces


def _slices(slots: list[int]) -> str:
    """The text of the bytes in those slots, one after another."""
    runs: list[list[int]] = []
    for slot in slots:
        if runs and runs[-1][1] == slot:
            runs[-1][1] = slot + 1
        else:
            runs.append([slot, slot + 1])
    return " + ".join(f"s[{first}:{end}]" for first, end in runs)
