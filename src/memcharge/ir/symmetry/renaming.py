# SPDX-License-Identifier: GPL-2.0-only
"""Objects that change places, and whether code is the same when they have.

A value is renamed by what it is: a pointer, or a set of objects.  Where code
takes one for the other, or calculates with one, nothing is known of the
result, and the answer is no.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from memcharge.ir.layout import Key, Layout
from memcharge.ir.nodes import (
    Bug,
    Choose,
    Const,
    End,
    Expr,
    Free,
    Graph,
    Kind,
    Load,
    Local,
    Mask,
    Node,
    Op,
    Pass,
    Place,
    Pointer,
    Property,
    Set,
    Store,
    Table,
    Test,
    Var,
    Wait,
    Warn,
)

Sort = Pointer | Mask | None  # what a renaming does to a value; None: it leaves it as it is
TRUTH = Pointer("(whether it is zero)")  # a condition: only whether the value is zero counts


@dataclass(frozen=True, slots=True)
class Renaming:
    """Pairs of objects that change places: `objects[struct][n]` is what n becomes, 0 stays 0."""

    layout: Layout
    objects: dict[str, tuple[int, ...]]

    # -- values -----------------------------------------------------------------------

    def sort(self, kind: Kind) -> Sort:
        """What is done to the values of a kind."""
        match kind:
            case Pointer(struct) | Mask(struct):
                return kind if struct in self.objects else None
        return None

    def field_sort(self, key: Key) -> Sort:
        target = self.layout.fields[key].target
        return self.sort(Pointer(target)) if target is not None else None

    def obj(self, struct: str, number: int) -> int:
        """What an object becomes."""
        row = self.objects.get(struct)
        return row[number] if row is not None and 0 <= number < len(row) else number

    def value(self, value: int, sort: Sort) -> int:
        """What a value becomes."""
        match sort:
            case Pointer(struct):
                return self.obj(struct, value)
            case Mask(struct):
                bits = range(value.bit_length())
                return sum(1 << self.obj(struct, bit) for bit in bits if value >> bit & 1)
        return value

    # -- the start state --------------------------------------------------------------

    def keeps_start(self, keys: list[Key]) -> bool:
        """Whether these fields have the start values that they had."""
        for key in keys:
            rows, sort = self.layout.start[key], self.field_sort(key)
            if sort is None and key[0] not in self.objects:
                continue
            for number, row in enumerate(rows, 1):
                if rows[self.obj(key[0], number) - 1] != tuple(self.value(v, sort) for v in row):
                    return False
        return True

    # -- code --------------------------------------------------------------------------

    def leads(self, one: Graph, other: Graph) -> bool:
        """Whether the first graph becomes the second, node for node and local for local."""
        return (
            len(one.nodes) == len(other.nodes)
            and one.entry == other.entry
            and [local.kind for local in one.locals] == [local.kind for local in other.locals]
            and all(map(self._node, one.nodes, other.nodes))
        )

    def keeps(self, prop: Property) -> bool:
        """Whether a property stays the same text."""
        result = prop.graph.result
        assert result is not None
        return self.leads(prop.graph, prop.graph) and self._same(result, result, TRUTH)

    def _node(self, one: Node, other: Node) -> bool:
        if type(one) is not type(other):
            return False
        for name in COMPARED[type(one)]:
            ours, theirs = getattr(one, name), getattr(other, name)
            if isinstance(ours, Place):
                good = self._place(ours, theirs)
            elif isinstance(ours, Const | Var | Op | Table):
                good = self._same(ours, theirs, self._wanted(one))
            elif isinstance(ours, Local):
                good = ours.number == theirs.number
            else:
                good = bool(ours == theirs)
            if not good:
                return False
        return self._receives(one)

    def _wanted(self, node: Node) -> Sort:
        """What the expression of a node is taken for."""
        match node:
            case Set(local=local):
                return self.sort(local.kind)
            case Store(place=place):
                return self.field_sort(place.key)
            case Free(struct=struct):
                return self.sort(Pointer(struct))
        return TRUTH

    def _receives(self, node: Node) -> bool:
        """Whether a local is given values of its own sort, and all of them in turn."""
        match node:
            case Load(local=local, place=place):
                return self.sort(local.kind) == self.field_sort(place.key)
            case Choose(local=local, options=options):
                sort = self.sort(local.kind)
                if isinstance(sort, Pointer):
                    return options == len(self.objects[sort.struct])
                return sort is None
        return True

    def _place(self, one: Place, other: Place) -> bool:
        if one.key != other.key or (one.index is None) != (other.index is None):
            return False
        if one.index is not None and not self._same(one.index, other.index, None):
            return False
        return self._same(one.obj, other.obj, self.sort(Pointer(one.struct)))

    def _same(self, one: Expr, other: Expr | None, wanted: Sort) -> bool:
        """Whether an expression that is taken for something becomes the other."""
        match one, other:
            case Const(ours), Const(theirs):
                return self.value(ours, None if wanted is TRUTH else wanted) == theirs
            case Var(local), Var(their_local):
                return local.number == their_local.number and self._fits(one, wanted)
            case Table(values, index), Table(their_values, their_index):
                sort = self._natural(index)
                if not self._same(index, their_index, sort) or len(values) != len(their_values):
                    return False
                moved = self.objects[sort.struct] if isinstance(sort, Pointer) else None
                to = range(len(values)) if moved is None else moved
                wanted = None if wanted is TRUTH else wanted
                pairs = zip(to, values, strict=True)
                return all(their_values[n] == self.value(value, wanted) for n, value in pairs)
            case Op(op, args), Op(their_op, their_args):
                if op != their_op or len(args) != len(their_args) or not self._fits(one, wanted):
                    return False
                sorts = self._taken(op, args)
                return all(map(self._same, args, their_args, sorts))
        return False

    def _fits(self, expr: Expr, wanted: Sort) -> bool:
        """Whether an expression may be taken for that; the pointer that is only None for any."""
        if wanted is TRUTH or (isinstance(expr, Var) and expr.local.kind == Pointer("")):
            return True
        return self._natural(expr) == wanted

    def _natural(self, expr: Expr) -> Sort:
        """What an expression is by itself."""
        match expr:
            case Var(local):
                return self.sort(local.kind)
            case Op("<<", (Const(1), Var(local))):
                sort = self.sort(local.kind)
                return Mask(sort.struct) if isinstance(sort, Pointer) else None
            case Op("|" | "&", (left, right)):
                sort = self._natural(left) or self._natural(right)
                return sort if isinstance(sort, Mask) else None
        return None

    def _taken(self, op: str, args: tuple[Expr, ...]) -> list[Sort]:
        """What an operator takes its arguments for."""
        if op == "not":
            return [TRUTH]
        if op in ("==", "!="):
            sort = self._natural(args[0]) or self._natural(args[1])
            return [sort, sort]
        mask = self._natural(Op(op, args))
        if isinstance(mask, Mask):
            return [None, Pointer(mask.struct)] if op == "<<" else [mask, mask]
        return [None] * len(args)


# The fields of a node that say what it does, by its class.
COMPARED: dict[type[Node], tuple[str, ...]] = {
    kind: tuple(one.name for one in fields(kind) if one.name != "site")
    for kind in (Set, Pass, Load, Store, Test, Choose, Wait, Bug, Warn, Free, End)
}
