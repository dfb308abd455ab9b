# SPDX-License-Identifier: GPL-2.0-only
"""Whether a property says the same when objects have changed places.

A property asks objects one after another, so its text changes.  What it says
is compared instead: it is run twice side by side, on a state and on the state
after the change, over every value that the fields can have in this program.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from memcharge.ir.layout import Key
from memcharge.ir.liveness import live_locals
from memcharge.ir.nodes import (
    Const,
    End,
    Expr,
    Graph,
    Load,
    Op,
    Place,
    Property,
    Set,
    Test,
    Var,
    successors,
    uses,
    variables,
)
from memcharge.ir.operators import FOLD
from memcharge.ir.ranges import Range
from memcharge.ir.symmetry.renaming import Renaming

MOST = 20_000  # situations looked at before the answer is no

Cell = tuple[Key, int, int]  # a field, an object, an element
Values = dict[int, int]


class Unknown(Exception):
    """Something that is not compared: an object that may have been freed."""


class Impossible(Exception):
    """Values that no state has: they lead to an object or an element that is not there."""


@dataclass(frozen=True, slots=True)
class Side:
    """How far one of the two runs is: a read, what it reads, and the locals; or its answer."""

    node: int = -1
    cell: Cell | None = None
    values: tuple[tuple[int, int], ...] = ()
    answer: bool | None = None


Known = frozenset[tuple[Cell, int]]  # what was read, as long as one of the two may read it again
Situation = tuple[tuple[Side, Side], Known]


class Comparison:
    """The two runs of one property."""

    def __init__(
        self, prop: Property, renaming: Renaming, ranges: Mapping[Key, Sequence[Range]]
    ) -> None:
        self.graph, self.renaming, self.ranges = prop.graph, renaming, ranges
        self.layout = renaming.layout
        assert prop.graph.result is not None
        asked = sum(1 << local.number for local in {*variables(prop.graph.result)})
        self.live = [live | asked for live in live_locals(prop.graph)]
        self.told_apart = told_apart(prop.graph)
        self.reads = reads_from(prop.graph)

    def equal(self) -> bool:
        """Whether the answers are the same whatever the state."""
        seen: set[Situation] = set()
        try:
            one, other = (self._side(which, self.graph.entry, {}) for which in (0, 1))
            waiting: list[Situation] = [((one, other), frozenset())]
            while waiting:
                now = waiting.pop()
                if now in seen:
                    continue
                seen.add(now)
                (left, right), _ = now
                if left.answer is None or right.answer is None:
                    waiting.extend(self._after(now))
                elif left.answer != right.answer:
                    return False
                if len(seen) > MOST:
                    return False
        except Unknown:
            return False
        return True

    def _after(self, now: Situation) -> Iterator[Situation]:
        """One of them makes its next read: if it can, of what was read before."""
        sides, known = now
        for which, side in enumerate(sides):
            for cell, value in known:
                if side.cell == cell:
                    yield from self._read(now, which, value)
                    return
        which = 0 if sides[0].answer is None else 1
        found = sides[which].cell
        assert found is not None
        for value in self._domain(found[0]):
            yield from self._read((sides, known | {(found, value)}), which, value)

    def _read(self, now: Situation, which: int, value: int) -> Iterator[Situation]:
        """What comes of it that a side reads a value; nothing if no state has it."""
        (left, right), known = now
        side = right if which else left
        node = self.graph.nodes[side.node]
        assert isinstance(node, Load)
        if which:  # it runs on the state in which the objects have changed places
            value = self.renaming.value(value, self.renaming.field_sort(node.place.key))
        try:
            after = self._side(which, node.next, {**dict(side.values), node.local.number: value})
        except Impossible:
            return
        sides = (left, after) if which else (after, right)
        yield sides, frozenset(one for one in known if self._wanted(sides, one[0]))

    def _wanted(self, sides: tuple[Side, Side], cell: Cell) -> bool:
        """Whether one of the two may still read a cell."""
        key, obj, _ = cell
        for which, side in enumerate(sides):
            if side.answer is None:
                reads = self.reads[side.node]
                mine = self.renaming.obj(key[0], obj) if which else obj
                if (key, None) in reads or (key, mine) in reads:
                    return True
        return False

    def _side(self, which: int, number: int, values: Values) -> Side:
        """A run goes on from a node to its next read, or to its end."""
        while not isinstance(node := self.graph.nodes[number], Load | End):
            if isinstance(node, Set):
                values[node.local.number] = self._value(node.value, values)
            taken = not isinstance(node, Test) or self._value(node.condition, values)
            number = node.next if taken else getattr(node, "other", node.next)
        if isinstance(node, End):
            assert self.graph.result is not None
            return Side(answer=self._value(self.graph.result, values) != 0)
        cell = self._cell(which, node.place, values)
        if cell is None:  # a property that looks through NULL does not hold
            return Side(answer=False)
        live = self.live[number]
        kept = tuple(sorted((one, value) for one, value in values.items() if live >> one & 1))
        return Side(number, cell, kept)

    def _domain(self, key: Key) -> Iterable[int]:
        """The values that a run can find in a field; one for all that it does not tell apart."""
        found = self.ranges[key]
        whole = range(min(low for low, _ in found), max(high for _, high in found) + 1)
        sort = self.renaming.field_sort(key)
        if sort is not None:
            return sorted({*whole, *(self.renaming.value(value, sort) for value in whole)})
        named = self.told_apart[key]
        if named is None:
            return whole
        other = next((value for value in whole if value not in named), None)
        return [value for value in whole if value in named or value == other]

    # -- single values ------------------------------------------------------------------

    def _cell(self, which: int, place: Place, values: Values) -> Cell | None:
        """What a place is in the state that both run on; None through NULL."""
        obj = self._value(place.obj, values)
        index = 0 if place.index is None else self._value(place.index, values)
        if place.struct in self.layout.freeable:
            raise Unknown
        rows = self.layout.start[place.key]
        if obj == 0 or not rows:
            return None
        if not 0 < obj <= len(rows) or not 0 <= index < len(rows[obj - 1]):
            raise Impossible
        return (place.key, self.renaming.obj(place.struct, obj) if which else obj, index)

    def _value(self, expr: Expr, values: Values) -> int:
        if isinstance(expr, Var):
            return values.get(expr.local.number, 0)
        if isinstance(expr, Const):
            return expr.value
        if isinstance(expr, Op):
            return FOLD[expr.op](*[self._value(one, values) for one in expr.args])
        number = self._value(expr.index, values)
        if not 0 < number < len(expr.values):
            raise Impossible
        return expr.values[number]


def reads_from(graph: Graph) -> list[frozenset[tuple[Key, int | None]]]:
    """For each node the fields that are read from there on, and of which object if it is named."""
    found: list[frozenset[tuple[Key, int | None]]] = [frozenset() for _ in graph.nodes]
    changed = True
    while changed:
        changed = False
        for number in reversed(range(len(graph.nodes))):
            node = graph.nodes[number]
            reads = frozenset[tuple[Key, int | None]]().union(
                *(found[target] for target in successors(node))
            )
            if isinstance(node, Load):
                obj = node.place.obj
                reads |= {(node.place.key, obj.value if isinstance(obj, Const) else None)}
            changed |= reads != found[number]
            found[number] = reads
    return found


def told_apart(graph: Graph) -> dict[Key, set[int] | None]:
    """For each field that is read the numbers that it is compared with; None for any other use."""
    found: dict[Key, set[int] | None] = {}
    uses_of: dict[int, set[int] | None] = {}
    exprs = [expr for node in graph.nodes for expr in uses(node)]
    for expr in [*exprs, *([graph.result] if graph.result is not None else [])]:
        _note_uses(expr, uses_of)
    for node in graph.nodes:
        if isinstance(node, Load):
            more, sofar = uses_of.get(node.local.number, set()), found.get(node.place.key, set())
            found[node.place.key] = None if more is None or sofar is None else sofar | more
    return found


def _note_uses(expr: Expr, uses_of: dict[int, set[int] | None]) -> None:
    match expr:
        case Op("==" | "!=", (Var(local), Const(value))):
            sofar = uses_of.setdefault(local.number, set())
            if sofar is not None:
                sofar.add(value)
        case Op(args=args):
            for one in args:
                _note_uses(one, uses_of)
        case _:
            for local in variables(expr):
                uses_of[local.number] = None
