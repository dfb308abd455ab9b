# SPDX-License-Identifier: GPL-2.0-only
"""Single nodes as LLVM text, to the branch that ends their block, and expressions.

Locals are stack slots, which LLVM turns into registers.
"""

from __future__ import annotations

from memcharge.engine.native.placetext import PlaceText
from memcharge.engine.slots import CpuSlots
from memcharge.ir.layout import FREED
from memcharge.ir.nodes import (
    Bug,
    Choose,
    Const,
    End,
    Expr,
    Free,
    Graph,
    Load,
    Local,
    Node,
    Op,
    Pass,
    Place,
    Set,
    Store,
    Table,
    Test,
    Var,
    Wait,
    Warn,
)
from memcharge.ir.ranges import ANYTHING, narrowed

MOST_CHOICES = 8  # environment's choices within one step
ARITHMETIC = {"+": "add", "-": "sub", "*": "mul", "&": "and", "|": "or", "^": "xor"}
SHIFTS = {"<<": "shl", ">>": "ashr"}
COMPARE = {"==": "eq", "!=": "ne", "<": "slt", "<=": "sle", ">": "sgt", ">=": "sge"}


class NodeText(PlaceText):
    """Writes the nodes of one graph."""

    graph: Graph
    place: CpuSlots | None = None
    which: int  # of the graphs of `Ranges`

    # -- nodes --------------------------------------------------------------------------

    def node(self, number: int, node: Node) -> None:
        """Write the block of one node, to its branch."""
        match node:
            case Set(local=local, value=value):
                if isinstance(value, Table):
                    self.not_null(value.index)
                self.assign(local, self.expr(value))
            case Load(local=local, place=place):
                self.assign(local, self.load(place))
            case Store(place=place, value=value):
                self.store(place, value)
            case Free(struct=struct, obj=obj):
                self.free(Place(struct, FREED, obj))
            case Test(condition=condition):
                self._test(condition, node.next, node.other)
                return
            case Wait(condition=condition):
                self.text.branch(self.flag(condition), self.target(node.next), "next")
                return
            case Bug(condition=Const(1), kind=kind):
                self.text.line(f"br label %{kind}")
                return
            case Bug(condition=condition, kind=kind):
                self.text.branch(self.flag(condition), kind, self.target(node.next))
                return
            case Warn(condition=condition):
                old = self.read(self.packing.warned)
                both = self.text.value(f"or i64 {old}, {self.truth(condition)}")
                self.write(self.packing.warned, both)
            case Choose(local=local, options=options):
                self._choose(local, options)
            case End():
                self.text.line(f"br label %f{number}")
                return
            case Pass():
                pass
            case _:
                raise TypeError(f"no text for {node!r}")
        self.text.line(f"br label %{self.target(node.next)}")

    def _test(self, condition: Expr, yes: int, no: int) -> None:
        """Branch, unless the ranges say which way it always goes."""
        ways = [
            self.target(target)
            for target, outcome in ((yes, True), (no, False))
            if narrowed(self.known, condition, outcome) is not None
        ]
        if len(ways) == 2 or self.checked:
            self.text.branch(self.flag(condition), self.target(yes), self.target(no))
        else:
            self.text.line(f"br label %{ways[0]}")

    def target(self, number: int) -> str:
        """The block that comes next: a node's, or the end of the step before it."""
        if number not in self.packing.ranges.at[self.which]:
            return "overflow"  # never
        node = self.graph.nodes[number]
        ends = self.place is not None and (isinstance(node, End) or not node.glued)
        return f"f{number}" if ends else f"n{number}"

    def _choose(self, local: Local, options: int) -> None:
        text = self.text
        position = text.value("load i64, ptr %position")
        full = text.value(f"icmp sge i64 {position}, {MOST_CHOICES}")
        room = text.name("room")
        text.branch(full, "overflow", room)
        text.label(room)
        digit = text.value(f"getelementptr i64, ptr %digits, i64 {position}")
        limit = text.value(f"getelementptr i64, ptr %limits, i64 {position}")
        text.line(f"store i64 {options}, ptr {limit}")
        self.assign(local, text.value(f"load i64, ptr {digit}"))
        after = text.value(f"add i64 {position}, 1")
        text.line(f"store i64 {after}, ptr %position")

    def assign(self, local: Local, value: str) -> None:
        self.text.line(f"store i64 {value}, ptr %v{local.number}")

    # -- expressions ----------------------------------------------------------------------------

    def flag(self, expr: Expr) -> str:
        """An expression as i1."""
        if isinstance(expr, Op) and expr.op in COMPARE:
            left, right = (self.expr(one) for one in expr.args)
            return self.text.value(f"icmp {COMPARE[expr.op]} i64 {left}, {right}")
        return self.text.value(f"icmp ne i64 {self.expr(expr)}, 0")

    def truth(self, expr: Expr) -> str:
        """An expression as 0 or 1."""
        return self.text.value(f"zext i1 {self.flag(expr)} to i64")

    def expr(self, expr: Expr) -> str:
        """An expression as i64."""
        match expr:
            case Const(value):
                return str(value)
            case Var(local):
                low, high = self.known.get(local.number, ANYTHING)
                if low == high and not self.checked:
                    return str(low)
                return self.text.value(f"load i64, ptr %v{local.number}")
            case Table(values=values, index=index):
                return self.look_up(values, self.expr(index))
            case Op(op="not", args=(one,)):
                false = self.text.value(f"icmp eq i64 {self.expr(one)}, 0")
                return self.text.value(f"zext i1 {false} to i64")
            case Op(op="neg", args=(one,)):
                return self.text.value(f"sub i64 0, {self.expr(one)}")
            case Op(op="~", args=(one,)):
                return self.text.value(f"xor i64 {self.expr(one)}, -1")
            case Op(op=op, args=(left, right)):
                if op in COMPARE:
                    return self.truth(expr)
                a, b = self.expr(left), self.expr(right)
                return self.text.value(f"{(ARITHMETIC | SHIFTS)[op]} i64 {a}, {b}")
        raise TypeError(f"no text for {expr!r}")
