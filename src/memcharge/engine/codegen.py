# SPDX-License-Identifier: GPL-2.0-only
"""The text of the step functions of one graph.

A step is written as straight code with an early return in every branch.  The
state `s` is copied to `t` at the first write.  Locals are Python variables
within a step and go back to their slots where it ends.  Where branches meet
again, what follows becomes a function of the locals that are live there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from memcharge.engine.slots import FINDING, FREED, WARNED, CpuSlots, Slots, bits, offset
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
    Pointer,
    Program,
    Set,
    Site,
    Store,
    Table,
    Test,
    Truth,
    Var,
    Wait,
    Warn,
    successors,
)
from memcharge.ir.passes import live_locals

FINDINGS = "<steps>"
SMALL = 10  # nodes up to which what follows a meeting of branches is written twice
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


class GraphCode:
    """Writes the functions of one graph into `lines`, and their constants into `names`."""

    def __init__(
        self,
        program: Program,
        slots: Slots,
        graph: Graph,
        suffix: str,
        findings: list[tuple[str, Site | None]],
        names: dict[str, Any],
        cpu: int | None,
        observe: bool,
    ) -> None:
        self.program, self.slots, self.graph = program, slots, graph
        self.suffix, self.findings, self.names = suffix, findings, names
        self.cpu, self.observe = cpu, observe
        self.lines: list[str] = []
        self.nodes = graph.nodes
        self.place = slots.cpus[cpu] if cpu is not None else None
        self.live = self.place.live if self.place else live_locals(graph)
        self.shared = _meetings(graph)
        self.wanted: list[tuple[int, bool]] = []
        self.written: set[tuple[int, bool]] = set()
        self.tables: dict[Any, str] = {}

    # -- functions ------------------------------------------------------------------

    def labels(self, nodes: Iterable[int]) -> None:
        """Write a function for the label at each of the nodes, and what they share."""
        for node in nodes:
            self.out(0, f"def L_{self.cpu}_{node}(s, emit):")
            if self.observe:
                self.out(1, "log = []")
            self.mark(1, node)
            self.run(node, Scope(start=node), 1, arriving=False)
        self.functions()

    def property(self, name: str) -> None:
        """Write the one function of a property."""
        self.out(0, f"def {name}(s):")
        self.run(self.graph.entry, Scope(), 1, arriving=False)
        self.functions()

    def functions(self) -> None:
        """Write the shared functions that calls have asked for, until none is new."""
        while self.wanted:
            node, copied = self.wanted.pop()
            if (node, copied) in self.written:
                continue
            self.written.add((node, copied))
            live = bits(self.live[node])
            self.out(0, f"def {self.shared_name(node, copied)}({self.parameters(live, copied)}):")
            self.mark(1, node)
            scope = Scope(known=set(live), modified=set(live), copied=copied)
            self.run(node, scope, 1, arriving=True)

    def shared_name(self, node: int, copied: bool) -> str:
        return f"J{self.suffix}_{node}{'c' if copied else ''}"

    def parameters(self, live: list[int], copied: bool) -> str:
        first = ["s", "t"] if copied else ["s"]
        if self.cpu is not None:
            first += ["emit", "log"] if self.observe else ["emit"]
        return ", ".join([*first, *(f"v{number}" for number in live)])

    # -- walking ----------------------------------------------------------------------

    def run(self, number: int, scope: Scope, depth: int, *, arriving: bool) -> None:
        """Write what happens from a node to the end of the step.

        With `arriving` the node is reached by a shared function: a step may
        end at it, but it is not handed to a shared function again.
        """
        first = True
        while True:
            node = self.nodes[number]
            if isinstance(node, End) or (not node.glued and (arriving or not first)):
                self.finish(number, scope, depth)
                return
            if not first and number in self.shared:
                self.out(depth, f"return {self.hand_over(number, scope, depth)}")
                return
            if isinstance(node, Test):
                condition = self.expr(node.condition, scope, depth)
                self.out(depth, f"if {condition}:")
                self.arm(node.next, scope.fork(), depth + 1, number, "1")
                self.arm(node.other, scope, depth, number, "0")
                return
            if isinstance(node, Choose):
                self.choose(number, node, scope, depth)
                return
            if not self.node(number, node, scope, depth):
                return
            number, first, arriving = node.next, False, False

    def arm(self, target: int, scope: Scope, depth: int, test: int, outcome: str) -> None:
        """Write one side of a test, down to its return."""
        self.note(depth, test, "0", outcome)
        self.mark(depth, target)
        node = self.nodes[target]
        if target in self.shared and node.glued and not isinstance(node, End):
            self.out(depth, f"return {self.hand_over(target, scope, depth)}")
        elif isinstance(node, End) or not node.glued:
            self.finish(target, scope, depth)
        else:
            self.run(target, scope, depth, arriving=False)

    def hand_over(self, number: int, scope: Scope, depth: int, copy: bool = False) -> str:
        """A call of the shared function of a node."""
        live = bits(self.live[number])
        for local in live:
            self.fetch(local, scope, depth)
        self.wanted.append((number, scope.copied))
        arguments = self.parameters(live, scope.copied)
        if copy:
            arguments = arguments.replace("s, t,", "s, bytearray(t),", 1)
        return f"{self.shared_name(number, scope.copied)}({arguments})"

    def choose(self, number: int, node: Choose, scope: Scope, depth: int) -> None:
        variable = f"v{node.local.number}"
        if self.observe:
            self.out(depth, "m = len(log)")
        scope.known.add(node.local.number)
        scope.modified.add(node.local.number)
        live = bits(self.live[node.next])
        for local in live:
            self.fetch(local, scope, depth)
        self.out(depth, f"for {variable} in range({node.options}):")
        if self.observe:
            self.out(depth + 1, "del log[m:]")
        self.note(depth + 1, number, "0", variable)
        self.out(depth + 1, self.hand_over(node.next, scope, depth + 1, copy=scope.copied))
        self.out(depth, "return")

    def finish(self, number: int, scope: Scope, depth: int) -> None:
        """Write the end of the step: the label, the locals that live on, the new state."""
        if self.place is None:
            assert self.graph.result is not None
            self.out(depth, f"return {self.expr(self.graph.result, scope, depth)}")
            return
        self.copy(scope, depth)
        label = 0 if isinstance(self.nodes[number], End) else self.place.labels[number]
        before = self.place.labels[scope.start] if scope.start is not None else None
        pc = self.place.pc
        self.out(depth, f"t[{pc}] = {label & 255}")
        if before is None or before >> 8 != label >> 8:
            self.out(depth, f"t[{pc + 1}] = {label >> 8}")
        self.put_back(number, scope, depth, self.place)
        self.emit(depth, "t")

    def put_back(self, number: int, scope: Scope, depth: int, place: CpuSlots) -> None:
        alive = 0 if isinstance(self.nodes[number], End) else self.live[number]
        wanted = {place.local[local]: local for local in bits(alive)}
        held: dict[int, int] = {}
        if scope.start is not None:
            held = {place.local[local]: local for local in bits(self.live[scope.start])}
        for slot in range(place.first, place.last):
            local = wanted.get(slot)
            if local is None:
                if scope.start is None or slot in held:
                    self.out(depth, f"t[{slot}] = 0")
            elif held.get(slot) != local or local in scope.modified:
                self.fetch(local, scope, depth)
                self.out(depth, f"t[{slot}] = {self.stored(self.graph.locals[local])}")

    def stored(self, local: Local) -> str:
        shift = offset(local)
        return f"v{local.number} + {shift}" if shift else f"v{local.number}"

    # -- nodes --------------------------------------------------------------------------

    def node(self, number: int, node: Node, scope: Scope, depth: int) -> bool:
        """Write one node; false if nothing can follow it."""
        match node:
            case Set(local=local, value=value):
                if isinstance(value, Table):
                    self.check_null(number, value.index, scope, depth)
                self.assign(local, self.expr(value, scope, depth), scope, depth)
                if isinstance(value, Var) and value.local.number in scope.nonnull:
                    scope.nonnull.add(local.number)
            case Load(local=local, place=place):
                return self.load(number, node, local, place, scope, depth)
            case Store():
                return self.store(number, node, scope, depth)
            case Pass():
                pass
            case Wait(condition=condition):
                self.out(depth, f"if not {self.expr(condition, scope, depth)}: return")
                self.mark(depth, node.next)
                self.note(depth, number, "0", "1")
            case Bug(condition=condition, kind=kind):
                if condition == Const(1):
                    self.finding(kind, number, scope, depth)
                    return False
                self.out(depth, f"if {self.expr(condition, scope, depth)}:")
                self.finding(kind, number, scope, depth + 1)
            case Warn(condition=condition):
                self.copy(scope, depth)
                code = self.code("warn_on", node.site)
                self.out(depth, f"if {self.expr(condition, scope, depth)} and not t[{WARNED}]:")
                self.note(depth + 1, number, "0", "1")
                self.out(depth + 1, f"t[{WARNED}] = {code}")
            case Free(struct=struct, obj=obj):
                place = Place(struct, FREED, obj)
                address = self.address(number, place, scope, depth)
                if address is None:
                    return False
                self.copy(scope, depth)
                self.out(depth, f"t[{address}] = 1")
                self.note(depth, number, "0", "1")
            case _:
                raise TypeError(f"no code for {node!r}")
        return True

    def assign(self, local: Local, text: str, scope: Scope, depth: int) -> None:
        self.out(depth, f"v{local.number} = {text}")
        scope.known.add(local.number)
        scope.modified.add(local.number)
        scope.nonnull.discard(local.number)

    def load(
        self, number: int, node: Load, local: Local, place: Place, scope: Scope, depth: int
    ) -> bool:
        address = self.address(number, place, scope, depth)
        if address is None:
            return False
        lowest = min(self.program.layout.fields[place.key].lowest, 0)
        text = f"{'t' if scope.copied else 's'}[{address}]"
        self.assign(local, f"{text} + {lowest}" if lowest else text, scope, depth)
        self.note(depth, number, self.which(place, scope, depth), f"v{local.number}")
        return True

    def store(self, number: int, node: Store, scope: Scope, depth: int) -> bool:
        place = node.place
        address = self.address(number, place, scope, depth)
        if address is None:
            return False
        self.copy(scope, depth)
        info = self.program.layout.fields[place.key]
        text = self.expr(node.value, scope, depth)
        if not self.fits(node.value, info.lowest, info.highest):
            self.out(depth, f"x = {text}")
            text = "x"
            why = f"{place.struct}.{place.field} is declared {info.lowest}..{info.highest}"
            self.out(
                depth,
                f"if not {info.lowest} <= x <= {info.highest}: "
                f"raise FieldOverflow({why!r} + f' and gets {{x}}')",
            )
        lowest = min(info.lowest, 0)
        if self.observe:
            self.out(depth, f"o = t[{address}]{f' + {lowest}' if lowest else ''}")
        self.out(depth, f"t[{address}] = {text}{f' - {lowest}' if lowest else ''}")
        self.note(depth, number, f"({self.which(place, scope, depth)}, o)", text)
        return True

    def fits(self, value: Expr, lowest: int, highest: int) -> bool:
        match value:
            case Const(number):
                return lowest <= number <= highest
            case Var(local):
                return isinstance(local.kind, Truth | Pointer)
            case Op(op=op):
                return op in COMPARISONS
        return False

    def which(self, place: Place, scope: Scope, depth: int) -> str:
        """The object and element of a place, for the log."""
        if not self.observe:
            return ""
        index = "None" if place.index is None else self.expr(place.index, scope, depth)
        return f"({self.expr(place.obj, scope, depth)}, {index})"

    def address(self, number: int, place: Place, scope: Scope, depth: int) -> str | None:
        """The slot of a place as an expression, behind its checks; None if it is through NULL."""
        rows = self.slots.fields[place.key]
        obj = place.obj
        if obj == Const(0) or not rows:
            self.finding("null_dereference", number, scope, depth)
            return None
        text = self.check_null(number, obj, scope, depth)
        self.check_freed(number, place, text, scope, depth)
        if len(rows[0]) == 1 and place.index is None:
            if isinstance(obj, Const):
                return str(rows[obj.value - 1][0])
            return f"{self.table((0, *(row[0] for row in rows)))}[{text}]"
        index = "0" if place.index is None else self.expr(place.index, scope, depth)
        if isinstance(obj, Const):
            row = rows[obj.value - 1]
            if isinstance(place.index, Const):
                return str(row[place.index.value])
            return f"{self.table(row)}[{index}]"
        return f"{self.table((0, *rows))}[{text}][{index}]"

    def check_null(self, number: int, obj: Expr, scope: Scope, depth: int) -> str:
        """Write the check that a pointer is not NULL, once on each path; the pointer."""
        text = self.expr(obj, scope, depth)
        if isinstance(obj, Const) or (isinstance(obj, Var) and obj.local.number in scope.nonnull):
            return text
        self.out(depth, f"if not {text}:")
        self.finding("null_dereference", number, scope, depth + 1)
        if isinstance(obj, Var):
            scope.nonnull.add(obj.local.number)
        return text

    def check_freed(self, number: int, place: Place, text: str, scope: Scope, depth: int) -> None:
        if place.struct not in self.program.layout.freeable:
            return
        freed = (0, *(row[0] for row in self.slots.fields[place.struct, FREED]))
        state = "t" if scope.copied else "s"
        self.out(depth, f"if {state}[{self.table(freed)}[{text}]]:")
        self.finding("use_after_free", number, scope, depth + 1)

    # -- pieces ---------------------------------------------------------------------------

    def finding(self, kind: str, number: int, scope: Scope, depth: int) -> None:
        """Write the end of a run: the state with the finding noted."""
        if self.cpu is None:  # a property looks through NULL: it does not hold
            self.out(depth, "return False")
            return
        self.note(depth, number, repr(kind), "1")
        self.copy(scope.fork(), depth)
        self.out(depth, f"t[{FINDING}] = {self.code(kind, self.nodes[number].site)}")
        self.emit(depth, "t")

    def code(self, kind: str, site: Site) -> int:
        for code, (known, where) in enumerate(self.findings):
            if known == kind and where is not None and where.line == site.line:
                if where.frame.function == site.frame.function:
                    return code
        self.findings.append((kind, site))
        return len(self.findings) - 1

    def emit(self, depth: int, state: str) -> None:
        if self.observe:
            self.out(depth, f"return emit((bytes({state}), tuple(log)))")
        else:
            self.out(depth, f"return emit(bytes({state}))")

    def note(self, depth: int, number: int, old: str, new: str) -> None:
        if self.observe:
            self.out(depth, f"log.append(({number}, {old}, {new}))")

    def mark(self, depth: int, number: int) -> None:
        """Note that a node was reached, for coverage."""
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
            self.names[name] = values
        return name

    def out(self, depth: int, text: str) -> None:
        self.lines.append(" " * depth + text)


def _meetings(graph: Graph) -> set[int]:
    """Glued nodes where paths meet and what follows is too long to be written twice."""
    count = len(graph.nodes)
    entries, back = [0] * count, set()
    for number, node in enumerate(graph.nodes):
        for target in successors(node):
            entries[target] += 1
            if target <= number:
                back.add(target)
    size = [1] * count
    for number in range(count - 1, -1, -1):
        for target in successors(graph.nodes[number]):
            if target <= number:
                size[number] += SMALL
            elif graph.nodes[target].glued:
                size[number] += SMALL if entries[target] > 1 else size[target]
            else:
                size[number] += 3
    return {
        number
        for number, node in enumerate(graph.nodes)
        if node.glued and ((entries[number] > 1 and size[number] > SMALL) or number in back)
    }
