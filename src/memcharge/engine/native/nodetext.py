# SPDX-License-Identifier: GPL-2.0-only
"""Single nodes as LLVM text: accesses with their checks, and expressions.

Locals and the words of the state are stack slots, which LLVM turns into
registers.
"""

from __future__ import annotations

from memcharge.engine.native.packing import Bits, Packing
from memcharge.engine.native.text import Text
from memcharge.engine.slots import FREED, WARNED, CpuSlots, Slots
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
    Program,
    Set,
    Store,
    Table,
    Test,
    Var,
    Wait,
    Warn,
)

MOST_CHOICES = 8  # environment's choices within one step
ARITHMETIC = {"+": "add", "-": "sub", "*": "mul", "&": "and", "|": "or", "^": "xor"}
SHIFTS = {"<<": "shl", ">>": "ashr"}
COMPARE = {"==": "eq", "!=": "ne", "<": "slt", "<=": "sle", ">": "sgt", ">=": "sge"}


class NodeText:
    """Writes the nodes of one graph."""

    def __init__(self, text: Text, program: Program, slots: Slots, packing: Packing) -> None:
        self.text, self.program, self.slots, self.packing = text, program, slots, packing
        self.graph: Graph
        self.place: CpuSlots | None = None

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
                self.put(Place(struct, FREED, obj), "1")
            case Test(condition=condition):
                self.text.branch(
                    self.flag(condition), self.target(node.next), self.target(node.other)
                )
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
                old = self.read(self.packing.at[WARNED])
                both = self.text.value(f"or i64 {old}, {self.truth(condition)}")
                self.write(self.packing.at[WARNED], both)
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

    def target(self, number: int) -> str:
        """The block that comes next: a node's, or the end of the step before it."""
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
        self.text.line(f"store i64 {value}, ptr {self.variable(local)}")

    def variable(self, local: Local) -> str:
        """Where a local is while its CPU steps."""
        slot = self.place.local.get(local.number) if self.place else None
        return f"%v{local.number}" if slot is None else f"%x{slot}"

    # -- places -----------------------------------------------------------------------------

    def read(self, where: Bits) -> str:
        """The value of some bits."""
        word = self.text.value(f"load i64, ptr %w{where.word}")
        moved = self.text.value(f"lshr i64 {word}, {where.shift}") if where.shift else word
        return self.text.value(f"and i64 {moved}, {where.mask}")

    def write(self, where: Bits, value: str) -> None:
        """Set some bits to a value that fits them."""
        word = self.text.value(f"load i64, ptr %w{where.word}")
        kept = self.text.value(f"and i64 {word}, {signed(~(where.mask << where.shift))}")
        if value != "0":
            moved = self.text.value(f"shl i64 {value}, {where.shift}")
            kept = self.text.value(f"or i64 {kept}, {moved}")
        self.text.line(f"store i64 {kept}, ptr %w{where.word}")

    def load(self, place: Place) -> str:
        value = self.get(place)
        lowest = min(self.program.layout.fields[place.key].lowest, 0)
        return self.text.value(f"add i64 {value}, {lowest}") if lowest else value

    def store(self, place: Place, value: Expr) -> None:
        info = self.program.layout.fields[place.key]
        lowest = min(info.lowest, 0)
        text = self.expr(value)
        if lowest:
            text = self.text.value(f"sub i64 {text}, {lowest}")
        if info.target is None:
            self._fit(text, info.highest - lowest)
        self.put(place, text)

    def _fit(self, value: str, highest: int) -> None:
        """Refuse a value above `highest` or below zero."""
        beyond = self.text.value(f"icmp ugt i64 {value}, {highest}")
        fits = self.text.name("fits")
        self.text.branch(beyond, "overflow", fits)
        self.text.label(fits)

    def get(self, place: Place) -> str:
        """The stored value of a place, behind its checks."""
        found = self._where(place)
        if isinstance(found, Bits):
            return self.read(found)
        if found is None:
            return "0"
        word, shift, mask = found
        value = self.text.value(f"load i64, ptr {word}")
        moved = self.text.value(f"lshr i64 {value}, {shift}")
        return self.text.value(f"and i64 {moved}, {mask}")

    def put(self, place: Place, value: str) -> None:
        """Store a value that fits into a place, behind its checks."""
        found = self._where(place)
        if isinstance(found, Bits):
            self.write(found, value)
        elif found is not None:
            word, shift, mask = found
            old = self.text.value(f"load i64, ptr {word}")
            hole = self.text.value(f"shl i64 {mask}, {shift}")
            kept = self.text.value(f"xor i64 {hole}, -1")
            cleared = self.text.value(f"and i64 {old}, {kept}")
            moved = self.text.value(f"shl i64 {value}, {shift}")
            both = self.text.value(f"or i64 {cleared}, {moved}")
            self.text.line(f"store i64 {both}, ptr {word}")

    def _where(self, place: Place) -> Bits | tuple[str, str, int] | None:
        """Where a place lies: fixed bits, or a word's address with shift and mask."""
        rows = self.slots.fields[place.key]
        if place.obj == Const(0) or not rows:
            self._unreachable("null_dereference")
            return None
        obj = self.not_null(place.obj)
        self._not_freed(place, obj)
        index = "0" if place.index is None else self.expr(place.index)
        if place.index is not None and not isinstance(place.index, Const):
            self._fit(index, len(rows[0]) - 1)
        if isinstance(place.obj, Const) and (place.index is None or isinstance(place.index, Const)):
            element = place.index.value if isinstance(place.index, Const) else 0
            return self.packing.at[rows[place.obj.value - 1][element]]
        return self._computed(rows, obj, index)

    def _computed(
        self, rows: tuple[tuple[int, ...], ...], obj: str, index: str
    ) -> tuple[str, str, int]:
        first = self.packing.at[rows[0][0]]
        last = self.packing.at[rows[-1][-1]]
        row = self.text.value(f"sub i64 {obj}, 1")
        base = self.text.value(f"mul i64 {row}, {len(rows[0])}")
        element = self.text.value(f"add i64 {base}, {index}")
        if first.word == last.word:
            step = self.text.value(f"mul i64 {element}, {first.width}")
            return f"%w{first.word}", self.text.value(f"add i64 {step}, {first.shift}"), first.mask
        return (*self._chosen(rows, element), first.mask)

    def _chosen(self, rows: tuple[tuple[int, ...], ...], element: str) -> tuple[str, str]:
        """The word and shift of an element whose field spans several words."""
        places = [self.packing.at[slot] for row in rows for slot in row]
        word, shift = f"%w{places[0].word}", str(places[0].shift)
        for number, where in enumerate(places[1:], 1):
            same = self.text.value(f"icmp eq i64 {element}, {number}")
            word = self.text.value(f"select i1 {same}, ptr %w{where.word}, ptr {word}")
            shift = self.text.value(f"select i1 {same}, i64 {where.shift}, i64 {shift}")
        return word, shift

    def not_null(self, obj: Expr) -> str:
        """A pointer, behind the check that it is not NULL."""
        value = self.expr(obj)
        if not isinstance(obj, Const):
            null = self.text.value(f"icmp eq i64 {value}, 0")
            there = self.text.name("there")
            self.text.branch(null, "null_dereference", there)
            self.text.label(there)
        return value

    def _not_freed(self, place: Place, obj: str) -> None:
        if place.struct not in self.program.layout.freeable:
            return
        rows = self.slots.fields[place.struct, FREED]
        word, shift, mask = self._computed(rows, obj, "0")
        value = self.text.value(f"load i64, ptr {word}")
        moved = self.text.value(f"lshr i64 {value}, {shift}")
        freed = self.text.value(f"and i64 {moved}, {mask}")
        gone = self.text.value(f"icmp ne i64 {freed}, 0")
        there = self.text.name("there")
        self.text.branch(gone, "use_after_free", there)
        self.text.label(there)

    def _unreachable(self, kind: str) -> None:
        """End the run here; what is written behind is never reached."""
        self.text.line(f"br label %{kind}")
        self.text.label(self.text.name("dead"))

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
                return self.text.value(f"load i64, ptr {self.variable(local)}")
            case Table(values=values, index=index):
                return self._look_up(values, self.expr(index))
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

    def _look_up(self, values: tuple[int, ...], index: str) -> str:
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


def signed(word: int) -> int:
    """A 64-bit pattern as LLVM writes it."""
    word &= (1 << 64) - 1
    return word - (1 << 64) if word >> 63 else word
