# SPDX-License-Identifier: GPL-2.0-only
"""Which objects a pointer may name, and so which cells an access may touch.

A cell is one element of one field of one object.  A set of cells is an int with
a bit for each.  The values are found without regard to the order of
statements, and only for the locals that some access follows.
"""

from __future__ import annotations

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
    Op,
    Place,
    Program,
    Set,
    Store,
    Table,
    Var,
    defines,
    uses,
    variables,
)
from memcharge.ir.operators import FOLD

K = TypeVar("K")
Values = frozenset[int] | None
"""The values that something may have; None if any."""

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
        changed = True
        while changed:
            changed = False
            for cpu, node in work.nodes:
                changed |= self._take_in(cpu, node)

    def _take_in(self, cpu: int, node: Node) -> bool:
        known = self.locals[cpu]
        match node:
            case Set(local=local, value=value):
                return _join(known, local.number, self.value(cpu, value))
            case Choose(local=local, options=options):
                return _join(known, local.number, frozenset(range(options)))
            case Load(local=local, place=place):
                changed = False
                for obj in self.objects(cpu, place.struct, place.obj):
                    changed |= _join(known, local.number, self.fields[place.key, obj])
                return changed
            case Store(place=place, value=value):
                changed, new = False, self.value(cpu, value)
                for obj in self.objects(cpu, place.struct, place.obj):
                    changed |= _join(self.fields, (place.key, obj), new)
                return changed
        return False

    def value(self, cpu: int, expr: Expr) -> Values:
        """The values that an expression may have."""
        match expr:
            case Const(value):
                return frozenset([value])
            case Var(local):
                return self.locals[cpu].get(local.number)
            case Table(values=values):
                return _few(frozenset(values[1:]))
            case Op(op=op, args=args):
                sets = [self.value(cpu, one) for one in args]
                known = [one for one in sets if one is not None]
                if len(known) < len(sets):
                    return None
                count = 1
                for one in known:
                    count *= len(one)
                if count > MOST * MOST:
                    return None
                try:
                    return _few(frozenset(int(FOLD[op](*some)) for some in product(*known)))
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
    """What has to be looked at: locals by CPU, fields, and the nodes that give them values."""

    def __init__(self, program: Program) -> None:
        self.keys: set[Key] = set()
        self.locals: list[set[int]] = [set() for _ in program.cpus]
        givers: dict[tuple[int, int], list[Node]] = {}
        stores: dict[Key, list[tuple[int, Node]]] = {}
        waiting: list[tuple[int, int]] = []
        for cpu, graph in enumerate(program.cpus):
            for node in graph.nodes:
                local = defines(node)
                if local is not None:
                    givers.setdefault((cpu, local.number), []).append(node)
                if isinstance(node, Store):
                    stores.setdefault(node.place.key, []).append((cpu, node))
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
