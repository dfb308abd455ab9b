# SPDX-License-Identifier: GPL-2.0-only
"""Which objects a pointer may name, and so which cells an access may touch.

A cell is one element of one field of one object.  A set of cells is an int with
a bit for each.  The values are found without regard to the order of
statements, and only for the locals that some access follows.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import TypeVar

from memcharge.ir.layout import FREED, Key
from memcharge.ir.nodes import (
    Choose,
    Const,
    Expr,
    Free,
    Graph,
    Load,
    Node,
    Place,
    Program,
    Set,
    Store,
    Table,
    Var,
    uses,
    variables,
)
from memcharge.ir.operators import FOLD

K = TypeVar("K")
Values = frozenset[int] | None
"""The values that something may have; None if any."""

GIVERS = (Set, Load, Choose)
FOLLOWERS = (Load, Store, Free)
MOST = 32  # values that are told apart


class Possible:
    """The values of the locals that accesses follow, and of the fields that these come from."""

    def __init__(self, program: Program) -> None:
        self.layout = program.layout
        self.locals: list[dict[int, Values]] = [{} for _ in program.cpus]
        self.fields: dict[tuple[Key, int], Values] = {}
        work = _Needed(program)
        for number, wanted in enumerate(work.locals):
            self.locals[number] = dict.fromkeys(wanted, frozenset([0]))
        for key in work.keys:
            for obj, elements in enumerate(self.layout.start[key], 1):
                self.fields[key, obj] = frozenset(elements)
        waiting = bytearray(b"\1") * len(work.nodes)
        turn = waiting.find(1)
        while turn >= 0:
            waiting[turn] = 0
            cpu, node = work.nodes[turn]
            if self._take_in(cpu, node):
                for other in work.readers(cpu, node):
                    waiting[other] = 1
            turn = waiting.find(1, turn + 1)
            if turn < 0:
                turn = waiting.find(1)

    def _take_in(self, cpu: int, node: Node) -> bool:
        known = self.locals[cpu]
        if isinstance(node, Set):
            return _join(known, node.local.number, self.value(cpu, node.value))
        if isinstance(node, Choose):
            return _join(known, node.local.number, frozenset(range(node.options)))
        changed = False
        if isinstance(node, Load):
            for obj in self.objects(cpu, node.place.struct, node.place.obj):
                changed |= _join(known, node.local.number, self.fields[node.place.key, obj])
        elif isinstance(node, Store):
            new = self.value(cpu, node.value)
            for obj in self.objects(cpu, node.place.struct, node.place.obj):
                changed |= _join(self.fields, (node.place.key, obj), new)
        return changed

    def value(self, cpu: int, expr: Expr) -> Values:
        """The values that an expression may have."""
        if isinstance(expr, Var):
            return self.locals[cpu].get(expr.local.number)
        if isinstance(expr, Const):
            return frozenset([expr.value])
        if isinstance(expr, Table):
            return _few(frozenset(expr.values[1:]))
        sets = [self.value(cpu, one) for one in expr.args]
        known = [one for one in sets if one is not None]
        if len(known) < len(sets):
            return None
        count = 1
        for one in known:
            count *= len(one)
        if count > MOST * MOST:
            return None
        try:
            return _few(frozenset(int(FOLD[expr.op](*some)) for some in product(*known)))
        except ValueError:  # a shift by less than nothing
            return None

    def objects(self, cpu: int, struct: str, obj: Expr) -> list[int]:
        """The objects that a pointer may name."""
        count = len(self.layout.pools.get(struct, ()))
        if isinstance(obj, Const):
            return [obj.value] if 0 < obj.value <= count else []
        found = self.value(cpu, obj)
        if found is None:
            return list(range(1, count + 1))
        return sorted(one for one in found if 0 < one <= count)


class _Needed:
    """What has to be looked at: locals by CPU, fields, and the nodes that give them values.

    The nodes are in such an order that most come behind those that give what they read.
    """

    def __init__(self, program: Program) -> None:
        self.keys: set[Key] = set()
        self.locals: list[set[int]] = [set() for _ in program.cpus]
        givers: dict[tuple[int, int], list[Node]] = {}
        stores: dict[Key, list[tuple[int, Node]]] = {}
        waiting: list[tuple[int, int]] = []
        for cpu, graph in enumerate(program.cpus):
            for node in graph.nodes:
                if isinstance(node, GIVERS):
                    givers.setdefault((cpu, node.local.number), []).append(node)
                elif isinstance(node, Store):
                    stores.setdefault(node.place.key, []).append((cpu, node))
                if isinstance(node, FOLLOWERS):
                    waiting += [(cpu, one) for one in _followed(node)]
        self.nodes: list[tuple[int, Node]] = []
        while waiting:
            cpu, number = waiting.pop()
            if number in self.locals[cpu]:
                continue
            self.locals[cpu].add(number)
            for node in givers.get((cpu, number), ()):
                self.nodes.append((cpu, node))
                waiting += [(cpu, one.number) for expr in uses(node) for one in variables(expr)]
                if isinstance(node, Load) and node.place.key not in self.keys:
                    self.keys.add(node.place.key)
                    for other, store in stores.get(node.place.key, ()):
                        self.nodes.append((other, store))
                        waiting += [
                            (other, one.number) for expr in uses(store) for one in variables(expr)
                        ]
        self.nodes.reverse()
        self._read_by: dict[tuple[int, int], list[int]] = {}
        self._loads: dict[Key, list[int]] = {}
        for turn, (cpu, node) in enumerate(self.nodes):
            for expr in uses(node):
                for local in variables(expr):
                    self._read_by.setdefault((cpu, local.number), []).append(turn)
            if isinstance(node, Load):
                self._loads.setdefault(node.place.key, []).append(turn)

    def readers(self, cpu: int, giver: Node) -> Sequence[int]:
        """The places in `nodes` of those that may read what a node has given."""
        if isinstance(giver, Store):
            return self._loads.get(giver.place.key, ())
        assert isinstance(giver, Set | Load | Choose)
        return self._read_by.get((cpu, giver.local.number), ())


def _followed(node: Node) -> list[int]:
    """The locals that say where an access goes."""
    match node:
        case Load(place=place) | Store(place=place):
            exprs = [place.obj] if place.index is None else [place.obj, place.index]
        case Free(obj=obj):
            exprs = [obj]
        case _:
            return []
    return [local.number for expr in exprs for local in variables(expr)]


def _join(known: dict[K, Values], key: K, new: Values) -> bool:
    old = known[key]
    if old is None or (new is not None and new <= old):
        return False
    known[key] = None if new is None else _few(old | new)
    return True


def _few(values: frozenset[int]) -> Values:
    return values if len(values) <= MOST else None


class Cells:
    """Numbers the cells of a program, each when it is first asked for."""

    def __init__(self, program: Program) -> None:
        self.layout = program.layout
        self.possible = Possible(program)
        self.numbers: dict[tuple[Key, int, int], int] = {}
        self._masks: dict[tuple[int, Place], int] = {}

    def cell(self, key: Key, obj: int, index: int = 0) -> int:
        """One cell, as a bit."""
        cell = (key, obj, index)
        return 1 << self.numbers.setdefault(cell, len(self.numbers))

    def of_object(self, cpu: int, place: Place, obj: int) -> int:
        """The cells that an access may touch if it goes to that object."""
        if place.index is None:
            return self.cell(place.key, obj)
        length = self.layout.fields[place.key].length or 0
        index = self.possible.value(cpu, place.index)
        elements = range(length) if index is None else (n for n in index if 0 <= n < length)
        mask = 0
        for element in elements:
            mask |= self.cell(place.key, obj, element)
        return mask

    def mask(self, cpu: int, place: Place) -> int:
        """All cells that an access may touch."""
        found = self._masks.get((cpu, place))
        if found is None:
            found = 0
            for obj in self.possible.objects(cpu, place.struct, place.obj):
                found |= self.of_object(cpu, place, obj)
            self._masks[cpu, place] = found
        return found

    def freed(self, cpu: int, struct: str, obj: Expr) -> int:
        """The cells that say whether what a pointer names is freed."""
        mask = 0
        for one in self.possible.objects(cpu, struct, obj):
            mask |= self.cell((struct, FREED), one)
        return mask

    def read_by(self, graph: Graph) -> int:
        """The cells that a property looks at, of any object."""
        mask = 0
        for node in graph.nodes:
            if not isinstance(node, Load):
                continue
            key, layout = node.place.key, self.layout
            index = node.place.index
            elements = range(layout.fields[key].length or 1)
            if isinstance(index, Const):
                elements = range(index.value, index.value + 1)
            for obj in range(1, len(layout.pools[key[0]]) + 1):
                for element in elements:
                    mask |= self.cell(key, obj, element)
            if key[0] in layout.freeable:
                for obj in range(1, len(layout.pools[key[0]]) + 1):
                    mask |= self.cell((key[0], FREED), obj)
        return mask
