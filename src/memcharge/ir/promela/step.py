# SPDX-License-Identifier: GPL-2.0-only
"""The statements of one step, or of one property, inside a `d_step`.

While a CPU steps, the locals that it sets are in hidden variables, which are
no part of the state: a run that ends in a finding leaves the locals as they
were.  Where the step ends they go back to their own.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

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
    Pointer,
    Set,
    Store,
    Table,
    Test,
    Truth,
    Var,
    Wait,
    Warn,
    defines,
    successors,
)
from memcharge.ir.promela.words import (
    DONE,
    Fields,
    Places,
    ends_before,
    nodes_of_step,
    spell,
)

COMPARISONS = frozenset(["==", "!=", "<", "<=", ">", ">=", "not"])
SHORT = 8  # statements up to which the end of a CPU is written once for each way to it


@dataclass(slots=True)
class Scratch:
    """The hidden variables; a step uses as many of a name as it sets locals of that name."""

    fields: Fields
    names: dict[tuple[str, int], str] = field(default_factory=dict)

    def name(self, local: str, number: int) -> str:
        """The hidden variable for the so-manyth local of that name."""
        found = self.names.get((local, number))
        if found is None:
            found = self.fields.unique(f"{local or 't'}_{number}")
            self.names[local, number] = found
        return found


@dataclass(slots=True)
class Way:
    """What holds on one way through a step: pointers that are not NULL, locals that were set."""

    checked: set[int] = field(default_factory=set)
    modified: set[int] = field(default_factory=set)

    def fork(self) -> Way:
        return Way(set(self.checked), set(self.modified))


class StepText:
    """Writes the nodes of a property; `tag` is the variable of its value.

    A node at which paths meet is written once, and jumped to.
    """

    def __init__(
        self, fields: Fields, scratch: Scratch, graph: Graph, tag: str, start: int | None = None
    ) -> None:
        self.fields, self.graph, self.tag, self.nodes = fields, graph, tag, graph.nodes
        self.start = graph.entry if start is None else start
        self.chosen: dict[int, int] = {}
        self.lines: list[str] = []
        inside = self.inside()
        entries = Counter(target for n in inside for target in successors(self.nodes[n]))
        self.joins = {n for n in inside if entries[n] > 1 and n != self.start}
        self.written: set[int] = set()
        self.leaves_early = False
        self.scratch: dict[int, str] = {}
        often: Counter[str] = Counter()
        for local in dict.fromkeys(defines(self.nodes[n]) for n in inside):
            if local is not None:
                often[local.name] += 1
                self.scratch[local.number] = scratch.name(local.name, often[local.name])

    def body(self, depth: int) -> list[str]:
        """All lines of the step."""
        self.run(self.start, Way(), depth, first=True)
        if self.leaves_early:
            self.out(depth, f"out_{self.tag}: skip;")
        return self.lines

    # -- what a CPU and a property do differently ------------------------------------------

    def inside(self) -> list[int]:
        """The nodes to write: of a property all of them."""
        return list(range(len(self.nodes)))

    def ends(self, number: int) -> bool:
        """Whether what is written ends before a node."""
        return isinstance(self.nodes[number], End)

    def variable(self, local: Local) -> str:
        return self.scratch.get(local.number, "0")

    def finding(self, kind: str) -> str:  # noqa: ARG002 - a CPU says which
        """A property that looks at what is not there does not hold."""
        return f"{self.tag} = 0"

    def finish(self, number: int, way: Way, depth: int) -> None:  # noqa: ARG002 - a CPU asks
        assert self.graph.result is not None
        self.out(depth, f"{self.tag} = ({self.expr(self.graph.result)} != 0);")

    # -- walking -----------------------------------------------------------------------

    def run(self, number: int, way: Way, depth: int, *, first: bool = False) -> None:
        """Write from a node to the ends."""
        while first or not self.ends(number):
            first = False
            node = self.nodes[number]
            if number in self.written:
                self.out(depth, f"goto n{number}_{self.tag};")
                return
            if number in self.joins:
                self.written.add(number)
                self.out(depth, f"n{number}_{self.tag}: skip;")
                way = Way(modified=set(self.scratch))
            if isinstance(node, Test):
                self.test(node, way, depth)
                return
            if not self.node(number, node, way, depth):
                return
            number = node.next
        self.finish(number, way, depth)

    def test(self, node: Test, way: Way, depth: int) -> None:
        self.out(depth, "if")
        self.out(depth, f":: {self.expr(node.condition)} ->")
        self.run(node.next, way.fork(), depth + 1)
        self.out(depth, ":: else ->")
        self.run(node.other, way.fork(), depth + 1)
        self.out(depth, "fi;")

    def node(self, number: int, node: Node, way: Way, depth: int) -> bool:
        """Write one node; false if nothing can follow it."""
        match node:
            case Set(local=local, value=value):
                if isinstance(value, Table):
                    self.not_null(value.index, way, depth)
                self.assign(local, self.expr(value), way, depth)
                if isinstance(value, Var) and value.local.number in way.checked:
                    way.checked.add(local.number)
            case Load(local=local, place=place):
                return self.access(place, way, depth, local=local)
            case Store(place=place, value=value):
                return self.access(place, way, depth, value=value)
            case Free(struct=struct, obj=obj):
                return self.access(Place(struct, FREED, obj), way, depth, value=Const(1))
            case Choose(local=local):
                self.assign(local, str(self.chosen[number]), way, depth)
            case Bug(condition=condition, kind=kind):
                if condition == Const(1):
                    self.out(depth, f"{self.finding(kind)};")
                    return False
                self.leave_if(self.expr(condition), kind, depth)
            case Warn(condition=condition):
                self.out(depth, f"warned = (warned || {self.expr(condition)});")
            case Wait(condition=condition):
                self.out(depth, f"{self.expr(condition)};")
            case Pass():
                pass
            case _:
                raise TypeError(f"no text for {node!r}")
        return True

    def assign(self, local: Local, text: str, way: Way, depth: int) -> None:
        self.out(depth, f"{self.scratch[local.number]} = {text};")
        way.checked.discard(local.number)
        way.modified.add(local.number)

    # -- places --------------------------------------------------------------------------

    def access(
        self,
        place: Place,
        way: Way,
        depth: int,
        *,
        local: Local | None = None,
        value: Expr | None = None,
    ) -> bool:
        """Write a load into `local` or a store of `value`, behind the checks."""
        if place.obj == Const(0) or not self.fields.objects(place.key):
            self.out(depth, f"{self.finding('null_dereference')};")
            return False
        self.not_null(place.obj, way, depth)
        obj = self.expr(place.obj)
        if place.struct in self.fields.layout.freeable:
            freed = self.fields.place((place.struct, FREED), obj, None)
            self.leave_if(freed, "use_after_free", depth)
        index = None if place.index is None else self.expr(place.index)
        if index is not None and not isinstance(place.index, Const):
            self.out(depth, f"assert(0 <= {index} && {index} < {self.fields.length(place.key)});")
        if local is not None:
            self.assign(local, self.fields.value(place.key, obj, index), way, depth)
        if value is not None:
            self.in_range(place, value, depth)
            bias = self.fields.bias.get(place.key)
            above = f" + {bias}" if bias else ""
            where = self.fields.place(place.key, obj, index)
            self.out(depth, f"{where} = {self.expr(value)}{above};")
        return True

    def in_range(self, place: Place, value: Expr, depth: int) -> None:
        """Stop SPIN at a value that a field is not declared for, as we do."""
        info = self.fields.layout.fields.get(place.key)
        if info is None or _fits(value, info.lowest, info.highest):
            return
        text = self.expr(value)
        self.out(depth, f"assert({info.lowest} <= {text} && {text} <= {info.highest});")

    def not_null(self, pointer: Expr, way: Way, depth: int) -> None:
        """Write the check that a pointer is not NULL, once on each path."""
        known = isinstance(pointer, Var) and pointer.local.number in way.checked
        if known or isinstance(pointer, Const):
            return
        self.leave_if(f"{self.expr(pointer)} == 0", "null_dereference", depth)
        if isinstance(pointer, Var):
            way.checked.add(pointer.local.number)

    def leave_if(self, condition: str, kind: str, depth: int) -> None:
        """End the run there if the condition holds."""
        self.leaves_early = True
        leave = f"{self.finding(kind)}; goto out_{self.tag}"
        self.out(depth, f"if :: {condition} -> {leave} :: else -> skip fi;")

    def expr(self, expr: Expr) -> str:
        return spell(expr, self.variable)

    def out(self, depth: int, text: str) -> None:
        self.lines.append("  " * depth + text)


class CpuStep(StepText):
    """Writes one step of a CPU, under given choices of the environment."""

    def __init__(
        self, fields: Fields, scratch: Scratch, places: Places, start: int, chosen: dict[int, int]
    ) -> None:
        option = "".join(f"_{choice}" for choice in chosen.values())
        tag = f"c{places.cpu}_{places.labels[start]}{option}"
        super().__init__(fields, scratch, places.graph, tag, start)
        self.places, self.chosen, self.finished = places, chosen, False

    def body(self, depth: int) -> list[str]:
        for number in self.places.alive(self.start):
            if number in self.scratch:
                variable = self.places.variables[number]
                self.out(depth, f"{self.scratch[number]} = {variable};")
        return super().body(depth)

    def inside(self) -> list[int]:
        return nodes_of_step(self.graph, self.start)

    def ends(self, number: int) -> bool:
        return ends_before(self.nodes[number])

    def variable(self, local: Local) -> str:
        own = self.places.variables.get(local.number, "0")
        return self.scratch.get(local.number, own)

    def finding(self, kind: str) -> str:
        return f"finding = {kind.upper()}"

    def finish(self, number: int, way: Way, depth: int) -> None:
        """Write the new label, the locals that live on, and zero where another one was."""
        places = self.places
        wanted = {places.variables[one]: one for one in places.alive(number)}
        if isinstance(self.nodes[number], End) and len(places.alive(self.start)) > SHORT:
            if self.finished:
                self.out(depth, f"goto done_{self.tag};")
                return
            self.finished = True
            self.out(depth, f"done_{self.tag}: skip;")
        held = {places.variables[one]: one for one in places.alive(self.start)}
        for variable, local in wanted.items():
            if local in way.modified:
                self.out(depth, f"{variable} = {self.scratch[local]};")
        for variable in held:
            if variable not in wanted:
                self.out(depth, f"{variable} = 0;")
        label = DONE if isinstance(self.nodes[number], End) else places.labels[number]
        self.out(depth, f"{places.at} = {label};")


def _fits(value: Expr, lowest: int, highest: int) -> bool:
    """Whether a value lies in a range whatever the state."""
    match value:
        case Const(number):
            return lowest <= number <= highest
        case Var(local):
            return isinstance(local.kind, Truth | Pointer)
        case Op(op=op):
            return op in COMPARISONS
    return False
