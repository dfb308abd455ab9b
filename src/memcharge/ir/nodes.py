# SPDX-License-Identifier: GPL-2.0-only
"""The intermediate representation: per CPU a graph of nodes over typed, bounded fields.

A node is at most one shared access.  A step starts at a node that is not
`glued` and goes on through glued ones, so reductions only ever glue nodes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from memcharge.ir.layout import Key, Layout

# --- values -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number in lowest .. highest."""

    lowest: int = -128
    highest: int = 127


@dataclass(frozen=True, slots=True)
class Truth:
    """False or true, as 0 or 1."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """The number of an object in the pool of `struct`, 0 for None; "" is None alone."""

    struct: str


@dataclass(frozen=True, slots=True)
class Mask:
    """A set of objects of `struct`: bit n stands for object n, so bit 0 is never set."""

    struct: str


Kind = Number | Truth | Pointer | Mask

FINDINGS = ("bug_on", "null_dereference", "use_after_free")  # what ends a run


@dataclass(eq=False, slots=True)
class Local:
    """A local variable of one inlined call, or a temporary."""

    name: str
    kind: Kind
    number: int = -1


@dataclass(frozen=True, slots=True)
class Const:
    """A constant."""

    value: int


@dataclass(frozen=True, slots=True)
class Var:
    """The value of a local."""

    local: Local


@dataclass(frozen=True, slots=True)
class Op:
    """An operator on values: + - * & | ^ << >> == != < <= > >= not neg ~."""

    op: str
    args: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A constant field looked up by object number; entry 0 is never read."""

    values: tuple[int, ...]
    index: Expr


Expr = Const | Var | Op | Table


@dataclass(frozen=True, slots=True)
class Place:
    """A field of an object: `field` is dotted where structs lie in structs.

    `obj` is the object's number, `index` the element of an array field.
    """

    struct: str
    field: str
    obj: Expr
    index: Expr | None = None

    @property
    def key(self) -> tuple[str, str]:
        return (self.struct, self.field)


# --- where a node comes from --------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One inlined call: the function, its file, and the call's text and line in the caller."""

    number: int
    function: str
    file: str
    text: str
    line: int
    parent: Frame | None


@dataclass(frozen=True, slots=True)
class Site:
    """A line of a function within one inlined call; `text` is what is evaluated there."""

    frame: Frame
    line: int
    text: str


# --- nodes --------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class Node:
    """Base: `next` is a node's number; `glued` nodes run in their predecessor's step."""

    site: Site
    glued: bool = field(default=False, kw_only=True)
    in_section: bool = field(default=False, kw_only=True)
    next: int = field(default=-1, kw_only=True)


@dataclass(slots=True, eq=False)
class Set(Node):
    """Give a local a value: private."""

    local: Local
    value: Expr


@dataclass(slots=True, eq=False)
class Pass(Node):
    """Nothing: stands for a statement that needs no other node, so that coverage sees it."""


@dataclass(slots=True, eq=False)
class Load(Node):
    """Read a field into a local: one shared access."""

    local: Local
    place: Place


@dataclass(slots=True, eq=False)
class Store(Node):
    """Write a field: one shared access."""

    place: Place
    value: Expr


@dataclass(slots=True, eq=False)
class Test(Node):
    """Go on at `next` if the condition holds, at `other` if not: private."""

    condition: Expr
    other: int = field(default=-1, kw_only=True)


@dataclass(slots=True, eq=False)
class Choose(Node):
    """The environment picks 0 .. options - 1."""

    local: Local
    options: int


@dataclass(slots=True, eq=False)
class Wait(Node):
    """The step is possible only if the condition holds."""

    condition: Expr


@dataclass(slots=True, eq=False)
class Bug(Node):
    """If the condition holds, the run ends with the finding `kind`, one of FINDINGS."""

    condition: Expr
    kind: str


@dataclass(slots=True, eq=False)
class Warn(Node):
    """If the condition holds, the run goes on with the finding `warn_on` noted."""

    condition: Expr


@dataclass(slots=True, eq=False)
class Free(Node):
    """Free an object: one shared access."""

    struct: str
    obj: Expr


@dataclass(slots=True, eq=False)
class End(Node):
    """The CPU has finished."""


ACCESSES = (Load, Store, Free, Choose, Wait, Warn)


def successors(node: Node) -> tuple[int, ...]:
    """The numbers of the nodes that may follow; none where the run is over in any case."""
    if isinstance(node, Test):
        return (node.next, node.other)
    if isinstance(node, End):
        return ()
    if isinstance(node, Bug) and isinstance(node.condition, Const) and node.condition.value == 1:
        return ()
    return (node.next,)


def step_heads(graph: Graph) -> list[int]:
    """The nodes at which a step starts; the n-th has label n, from 1, and 0 is the end."""
    return [
        number
        for number, node in enumerate(graph.nodes)
        if not node.glued and not isinstance(node, End)
    ]


def uses(node: Node) -> tuple[Expr, ...]:
    """The expressions that a node evaluates."""
    if isinstance(node, Set):
        return (node.value,)
    if isinstance(node, Load):
        place = node.place
        return (place.obj,) if place.index is None else (place.obj, place.index)
    if isinstance(node, Store):
        place = node.place
        if place.index is None:
            return (place.obj, node.value)
        return (place.obj, place.index, node.value)
    if isinstance(node, Test | Wait | Bug | Warn):
        return (node.condition,)
    return (node.obj,) if isinstance(node, Free) else ()


def defines(node: Node) -> Local | None:
    """The local that a node assigns."""
    return node.local if isinstance(node, Set | Load | Choose) else None


def variables(expr: Expr) -> tuple[Local, ...]:
    """The locals that an expression reads."""
    if isinstance(expr, Var):
        return (expr.local,)
    if isinstance(expr, Op):
        return tuple([local for arg in expr.args for local in variables(arg)])
    return variables(expr.index) if isinstance(expr, Table) else ()


@dataclass(slots=True)
class Graph:
    """The code of one CPU, or of one property: `nodes[entry]` comes first.

    `result` is the value of a property; `name` is the actor's or property's.
    `unset` are the locals that may be read before they are set, None if nobody has looked.
    `shown` are the nodes with the accesses that slicing took out, None if it took none.
    """

    name: str
    nodes: list[Node]
    locals: list[Local]
    entry: int = 0
    result: Expr | None = None
    unset: frozenset[int] | None = None
    shown: list[Node] | None = None


@dataclass(slots=True)
class Property:
    """A compiled property: holds where `graph.result` is true."""

    name: str
    meaning: str
    consequence: str
    when: Literal["always", "at_end"]
    graph: Graph


@dataclass(frozen=True, slots=True)
class Member:
    """What changes places together: CPUs, and objects by struct and number."""

    cpus: tuple[int, ...]
    objects: tuple[tuple[str, int], ...]


Alone = tuple[tuple[tuple[int, ...] | None, ...], ...]


@dataclass(slots=True)
class Program:
    """A compiled scenario: the layout with its start values, the CPUs, the properties.

    `symmetry` are groups of interchangeable members: whatever two of one group
    change places, CPU for CPU and object for object, the program is the same.
    `alone` says which CPU is enough to be stepped; see memcharge.ir.ample.
    """

    layout: Layout
    cpus: list[Graph]
    properties: list[Property]
    reductions: frozenset[str] = frozenset()
    symmetry: tuple[tuple[Member, ...], ...] = ()
    alone: Alone = ()

    def fields_in_state(self) -> list[Key]:
        """The fields that change, or that some node looks up in the state even so."""
        graphs = [*self.cpus, *(one.graph for one in self.properties)]
        accessed = {
            node.place.key
            for graph in graphs
            for node in graph.nodes
            if isinstance(node, Load | Store)
        }
        constant = self.layout.constant
        return [key for key in self.layout.fields if key not in constant or key in accessed]
