# SPDX-License-Identifier: GPL-2.0-only
"""How places, locals and expressions are spelled in Promela.

A field is an array with one element for each object, at the object's number;
element 0 stands for NULL and is never looked at.  An array field lies flat.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from memcharge.ir.layout import FREED, Key, Layout
from memcharge.ir.liveness import live_locals
from memcharge.ir.nodes import (
    Const,
    End,
    Expr,
    Graph,
    Kind,
    Load,
    Local,
    Mask,
    Node,
    Number,
    Op,
    Pointer,
    Program,
    Store,
    Table,
    Truth,
    Var,
    successors,
)

DONE = 0


class ExportError(ValueError):
    """A program that has no Promela model: what stands in the way."""


def type_of(lowest: int, highest: int) -> str:
    """The narrowest type of Promela that holds a range."""
    if lowest < 0 or highest > 255:
        return "short"
    return "bit" if highest <= 1 else "byte"


def type_of_local(kind: Kind) -> str:
    match kind:
        case Truth():
            return "bit"
        case Pointer() | Mask():
            return "byte"
        case Number(lowest=lowest, highest=highest):
            return type_of(lowest, max(highest, 2))


@dataclass(slots=True)
class Fields:
    """The fields that are in the state: their variables' names and types."""

    layout: Layout
    names: dict[Key, str] = field(default_factory=dict)
    bias: dict[Key, int] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    def declarations(self) -> list[str]:
        """One line for each field, with its start values."""
        return [self._declared(key, name) for key, name in self.names.items()]

    def _declared(self, key: Key, name: str) -> str:
        if key[1] == FREED:
            return f"bit {name}[{len(self.layout.pools[key[0]]) + 1}];"
        info = self.layout.fields[key]
        bias = self.bias.get(key, 0)
        highest = info.highest
        if info.target is not None:
            highest = len(self.layout.pools.get(info.target, ()))
        kind = type_of(info.lowest + bias, highest + bias)
        values = [value + bias for row in self.layout.start[key] for value in row]
        unused = self.length(key)
        declared = f"{kind} {name}[{unused + len(values)}]"
        if len(set(values)) == 1:
            return f"{declared} = {values[0]};" if values[0] else f"{declared};"
        return f"{declared} = {{{', '.join(map(str, [0] * unused + values))}}};"

    def length(self, key: Key) -> int:
        """How many elements an object has of a field."""
        info = self.layout.fields.get(key)
        return 1 if info is None or info.length is None else info.length

    def objects(self, key: Key) -> int:
        """How many objects have the field."""
        return len(self.layout.pools.get(key[0], ()))

    def value(self, key: Key, obj: str, index: str | None) -> str:
        """What is in a place."""
        bias = self.bias.get(key)
        place = self.place(key, obj, index)
        return f"({place} - {bias})" if bias else place

    def place(self, key: Key, obj: str, index: str | None) -> str:
        """A place, from the texts of its object and its index."""
        length = self.length(key)
        if index is None or length == 1:
            return f"{self.names[key]}[{obj}]"
        if obj.isdigit() and index.isdigit():
            return f"{self.names[key]}[{int(obj) * length + int(index)}]"
        first = str(int(obj) * length) if obj.isdigit() else f"{obj} * {length}"
        return f"{self.names[key]}[{first} + {index}]"

    def unique(self, name: str) -> str:
        """A name that nothing else has."""
        while name in self.taken:
            name += "_"
        self.taken.add(name)
        return name


def fields_of(program: Program) -> Fields:
    """Name every field that is in the state, as in the engines' states."""
    layout = program.layout
    graphs = [*program.cpus, *(one.graph for one in program.properties)]
    accessed = {
        node.place.key for graph in graphs for node in graph.nodes if isinstance(node, Load | Store)
    }
    found = Fields(layout)
    keys = [
        key
        for key in layout.fields
        if (key in accessed or key not in layout.constant) and layout.pools.get(key[0])
    ]
    keys += [(struct, FREED) for struct in sorted(layout.freeable) if layout.pools.get(struct)]
    for struct, name in keys:
        plain = f"{struct}_{'freed' if name == FREED else name.replace('.', '_')}"
        least = min((one for row in layout.start.get((struct, name), ()) for one in row), default=0)
        most = max((one for row in layout.start.get((struct, name), ()) for one in row), default=0)
        if least < 0 and least != most:  # SPIN reads no list of start values with one below zero
            found.bias[struct, name] = -layout.fields[struct, name].lowest
            plain += f"_plus_{found.bias[struct, name]}"
        found.names[struct, name] = found.unique(plain)
    return found


# --- the labels and locals of one CPU ---------------------------------------------


@dataclass(slots=True)
class Places:
    """One CPU's labels, and the variables of its locals that outlive a step.

    `live` are, for each node, the locals that are in the state there, as bits;
    those of one name and type share a variable if never both are.
    """

    graph: Graph
    cpu: int
    labels: dict[int, int]
    live: list[int]
    variables: dict[int, str] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)

    @property
    def at(self) -> str:
        """The variable that holds the label."""
        return f"at_{self.cpu}"

    def alive(self, number: int) -> list[int]:
        """The locals that are in the state where a CPU stands at a node."""
        return [] if isinstance(self.graph.nodes[number], End) else bits(self.live[number])


def places_of(program: Program, fields: Fields, cpu: int) -> Places:
    """Number the labels of a CPU as the engines do, and name its locals."""
    graph = program.cpus[cpu]
    starts = [n for n, node in enumerate(graph.nodes) if ends_before(node)]
    starts = [n for n in starts if not isinstance(graph.nodes[n], End)]
    labels = {node: label for label, node in enumerate(starts, 1)}
    live = live_locals(graph)
    if "dead" not in program.reductions:
        live = [sum(1 << local.number for local in graph.locals)] * len(live)
    places = Places(graph, cpu, labels, live)
    conflicts: dict[int, set[int]] = {}
    for alive in map(places.alive, labels):
        for number in alive:
            conflicts.setdefault(number, set()).update(alive)
    own: dict[str, list[str]] = {}
    for number in sorted(conflicts):
        local = graph.locals[number]
        others = {places.variables.get(other) for other in conflicts[number]}
        names = own.setdefault(local.name, [])
        kind = type_of_local(local.kind)
        shared = (one for one in names if one not in others and places.types[one] == kind)
        name = next(shared, None)
        if name is None:
            name = fields.unique(f"c{cpu}_{local.name or 't'}_{len(names) + 1}")
            names.append(name)
            places.types[name] = kind
        places.variables[number] = name
    return places


def ends_before(node: Node) -> bool:
    """Whether a step that comes to a node ends before it."""
    return isinstance(node, End) or not node.glued


def nodes_of_step(graph: Graph, start: int) -> list[int]:
    """The nodes that a step may run, in order of number."""
    seen, waiting = {start}, [start]
    while waiting:
        for target in successors(graph.nodes[waiting.pop()]):
            if target not in seen and not ends_before(graph.nodes[target]):
                seen.add(target)
                waiting.append(target)
    return sorted(seen)


def bits(word: int) -> list[int]:
    """The numbers of the bits that are set."""
    return [number for number in range(word.bit_length()) if word >> number & 1]


# --- expressions --------------------------------------------------------------------


def spell(expr: Expr, name: Callable[[Local], str]) -> str:
    """An expression, its locals named by `name`."""
    match expr:
        case Const(value):
            return str(value) if value >= 0 else f"(0 - {-value})"
        case Var(local):
            return name(local)
        case Table(values=values, index=index):
            return looked_up(values, spell(index, name))
        case Op(op="not", args=(one,)):
            return negated(spell(one, name))
        case Op(op="neg", args=(one,)):
            return f"(0 - {spell(one, name)})"
        case Op(op=op, args=(one,)):
            return f"({op}{spell(one, name)})"
        case Op(op=op, args=(left, right)):
            return f"({spell(left, name)} {op} {spell(right, name)})"
    raise TypeError(expr)


def looked_up(values: tuple[int, ...], index: str) -> str:
    """An element of a table, as one question after another; the commonest needs none."""
    rest = values[1:]
    common = max(rest, key=rest.count)
    text = spell(Const(common), str)
    for number, value in reversed([*enumerate(rest, 1)]):
        if value != common:
            text = f"({index} == {number} -> {spell(Const(value), str)} : {text})"
    return text


def negated(text: str) -> str:
    """What is true where an expression is zero."""
    return {"0": "1", "1": "0"}.get(text, f"!({text})" if text[0] != "(" else f"(!{text})")
