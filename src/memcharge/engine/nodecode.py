# SPDX-License-Identifier: GPL-2.0-only
"""The text of single nodes: assignments, accesses with their checks, findings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from memcharge.engine.slots import ENDINGS, FINDING, WARNED, Slots, offset
from memcharge.ir.layout import FREED, FieldInfo
from memcharge.ir.liveness import live_locals
from memcharge.ir.nodes import (
    Bug,
    Const,
    Expr,
    Free,
    Graph,
    Load,
    Local,
    Node,
    Op,
    Pass,
    Place,
    Pointer,
    Program,
    Set,
    Store,
    Table,
    Truth,
    Var,
    Wait,
    Warn,
)

COMPARISONS = frozenset(["==", "!=", "<", "<=", ">", ">=", "not"])


@dataclass(slots=True)
class Scope:
    """What is known on one path through a step.

    `known` locals are Python variables; `nonnull` ones were checked; `start`
    is the node whose label the step began at, None inside a shared function.
    """

    known: set[int] = field(default_factory=set)
    nonnull: set[int] = field(default_factory=set)
    modified: set[int] = field(default_factory=set)
    copied: bool = False
    start: int | None = None

    def fork(self) -> Scope:
        return Scope(
            set(self.known), set(self.nonnull), set(self.modified), self.copied, self.start
        )


@dataclass(slots=True)
class Output:
    """What the graphs of a program are written into: lines, and the names they use."""

    program: Program
    slots: Slots
    names: dict[str, Any]
    lines: list[str] = field(default_factory=list)

    def load(self, name: str) -> Any:
        """Compile the lines written since the last time; what `name` is then."""
        exec(compile("\n".join(self.lines), "<steps>", "exec"), self.names)  # noqa: S102 - our own
        self.lines.clear()
        return self.names[name]


def fits(value: Expr, info: FieldInfo) -> bool:
    """Whether it is plain that a value fits a field."""
    match value:
        case Const(number):
            return info.lowest <= number <= info.highest
        case Var(local):
            return isinstance(local.kind, Truth | Pointer)
        case Op(op=op):
            return op in COMPARISONS
    return False


class NodeCode:
    """Writes the nodes of one graph."""

    def __init__(self, output: Output, graph: Graph, suffix: str, cpu: int | None) -> None:
        self.output = output
        self.program, self.slots = output.program, output.slots
        self.graph, self.suffix, self.cpu = graph, suffix, cpu
        self.nodes = graph.nodes
        self.place = self.slots.cpus[cpu] if cpu is not None else None
        self.live = self.place.live if self.place else live_locals(graph)
        self.tables: dict[Any, str] = {}

    # -- nodes --------------------------------------------------------------------------

    def node(self, node: Node, scope: Scope, depth: int) -> bool:
        """Write one node; false if nothing can follow it."""
        match node:
            case Set(local=local, value=value):
                if isinstance(value, Table):
                    self.check_null(value.index, scope, depth)
                self.assign(local, self.expr(value, scope, depth), scope, depth)
                if isinstance(value, Var) and value.local.number in scope.nonnull:
                    scope.nonnull.add(local.number)
            case Load():
                return self.load(node, scope, depth)
            case Store():
                return self.store(node, scope, depth)
            case Pass():
                pass
            case Wait(condition=condition):
                self.out(depth, f"if not {self.expr(condition, scope, depth)}: return")
                self.mark(depth, node.next)
            case Bug(condition=condition, kind=kind):
                if condition == Const(1):
                    self.finding(kind, scope, depth)
                    return False
                self.out(depth, f"if {self.expr(condition, scope, depth)}:")
                self.finding(kind, scope, depth + 1)
                self.mark(depth, node.next)
            case Warn(condition=condition):
                self.copy(scope, depth)
                self.out(depth, f"if {self.expr(condition, scope, depth)} and not t[{WARNED}]:")
                self.out(depth + 1, f"t[{WARNED}] = 1")
            case Free(struct=struct, obj=obj):
                place = Place(struct, FREED, obj)
                address = self.address(place, scope, depth)
                if address is None:
                    return False
                self.copy(scope, depth)
                self.out(depth, f"t[{address}] = 1")
            case _:
                raise TypeError(f"no code for {node!r}")
        return True

    def assign(self, local: Local, text: str, scope: Scope, depth: int) -> None:
        self.out(depth, f"v{local.number} = {text}")
        scope.known.add(local.number)
        scope.modified.add(local.number)
        scope.nonnull.discard(local.number)

    def load(self, node: Load, scope: Scope, depth: int) -> bool:
        local, place = node.local, node.place
        address = self.address(place, scope, depth)
        if address is None:
            return False
        lowest = min(self.program.layout.fields[place.key].lowest, 0)
        text = f"{'t' if scope.copied else 's'}[{address}]"
        self.assign(local, f"{text} + {lowest}" if lowest else text, scope, depth)
        return True

    def store(self, node: Store, scope: Scope, depth: int) -> bool:
        place = node.place
        address = self.address(place, scope, depth)
        if address is None:
            return False
        self.copy(scope, depth)
        info = self.program.layout.fields[place.key]
        text = self.expr(node.value, scope, depth)
        if not fits(node.value, info):
            self.out(depth, f"x = {text}")
            text = "x"
            why = f"{place.struct}.{place.field} is declared {info.lowest}..{info.highest}"
            self.out(
                depth,
                f"if not {info.lowest} <= x <= {info.highest}: "
                f"raise FieldOverflow({why!r} + f' and gets {{x}}')",
            )
        lowest = min(info.lowest, 0)
        self.out(depth, f"t[{address}] = {text}{f' - {lowest}' if lowest else ''}")
        return True

    def address(self, place: Place, scope: Scope, depth: int) -> str | None:
        """The slot of a place as an expression, behind its checks; None if it is through NULL."""
        rows = self.slots.fields[place.key]
        obj = place.obj
        if obj == Const(0) or not rows:
            self.finding("null_dereference", scope, depth)
            return None
        text = self.check_null(obj, scope, depth)
        self.check_freed(place, text, scope, depth)
        if len(rows[0]) == 1 and place.index is None:
            if isinstance(obj, Const):
                return str(rows[obj.value - 1][0])
            return f"{self.table((0, *(row[0] for row in rows)))}[{text}]"
        index = "0" if place.index is None else self.expr(place.index, scope, depth)
        if place.index is not None and not isinstance(place.index, Const):
            why = f"{place.struct}.{place.field} has {len(rows[0])} elements and is indexed by "
            refuse = f"raise FieldOverflow({why!r} + str({index}))"
            self.out(depth, f"if not 0 <= {index} < {len(rows[0])}: {refuse}")
        if isinstance(obj, Const):
            row = rows[obj.value - 1]
            if isinstance(place.index, Const):
                return str(row[place.index.value])
            return f"{self.table(row)}[{index}]"
        return f"{self.table((0, *rows))}[{text}][{index}]"

    def check_null(self, obj: Expr, scope: Scope, depth: int) -> str:
        """Write the check that a pointer is not NULL, once on each path; the pointer."""
        text = self.expr(obj, scope, depth)
        if isinstance(obj, Const) or (isinstance(obj, Var) and obj.local.number in scope.nonnull):
            return text
        self.out(depth, f"if not {text}:")
        self.finding("null_dereference", scope, depth + 1)
        if isinstance(obj, Var):
            scope.nonnull.add(obj.local.number)
        return text

    def check_freed(self, place: Place, text: str, scope: Scope, depth: int) -> None:
        if place.struct not in self.program.layout.freeable:
            return
        freed = (0, *(row[0] for row in self.slots.fields[place.struct, FREED]))
        state = "t" if scope.copied else "s"
        self.out(depth, f"if {state}[{self.table(freed)}[{text}]]:")
        self.finding("use_after_free", scope, depth + 1)

    # -- pieces ---------------------------------------------------------------------------

    def finding(self, kind: str, scope: Scope, depth: int) -> None:
        """Write the end of a run: the state with the finding noted."""
        if self.cpu is None:  # a property looks through NULL: it does not hold
            self.out(depth, "return False")
            return
        self.copy(scope.fork(), depth)
        self.out(depth, f"t[{FINDING}] = {ENDINGS.index(kind)}")
        self.emit(depth, "t")

    def emit(self, depth: int, state: str) -> None:
        self.out(depth, f"return emit(bytes({state}))")

    def mark(self, depth: int, number: int) -> None:
        """Note that a node was reached, or an outcome of a test, for coverage."""
        if self.cpu is not None:
            self.out(depth, f"C{self.cpu}[{number}] = 1")

    def copy(self, scope: Scope, depth: int) -> None:
        if not scope.copied:
            self.out(depth, "t = bytearray(s)")
            scope.copied = True

    def fetch(self, number: int, scope: Scope, depth: int) -> None:
        """Make a local a Python variable."""
        if number in scope.known:
            return
        scope.known.add(number)
        if self.place is None or number not in self.place.local:
            self.out(depth, f"v{number} = 0")  # never set on the way here
            return
        shift = offset(self.graph.locals[number])
        text = f"s[{self.place.local[number]}]"
        self.out(depth, f"v{number} = {text} - {shift}" if shift else f"v{number} = {text}")

    def expr(self, expr: Expr, scope: Scope, depth: int) -> str:
        """An expression as text, its locals fetched before."""
        match expr:
            case Const(value):
                return str(value) if value >= 0 else f"({value})"
            case Var(local):
                self.fetch(local.number, scope, depth)
                return f"v{local.number}"
            case Table(values=values, index=index):
                text = self.expr(index, scope, depth)
                return f"{self.table(values)}[{text}]"
            case Op(op=op, args=(one,)):
                name = {"neg": "-", "not": "not ", "~": "~"}[op]
                return f"({name}{self.expr(one, scope, depth)})"
            case Op(op=op, args=(left, right)):
                a, b = self.expr(left, scope, depth), self.expr(right, scope, depth)
                return f"({a} {op} {b})"
        raise TypeError(f"no code for {expr!r}")

    def table(self, values: Any) -> str:
        name = self.tables.get(values)
        if name is None:
            name = f"T{self.suffix}_{len(self.tables)}"
            self.tables[values] = name
            self.output.names[name] = values
        return name

    def out(self, depth: int, text: str) -> None:
        self.output.lines.append(" " * depth + text)
