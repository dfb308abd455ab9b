# SPDX-License-Identifier: GPL-2.0-only
"""Between which values every local lies at every node, and every field ever.

Intervals, to a fixed point over all CPUs at once: a field begins with its
start values and grows by what is stored into it; a test narrows what it
compares on either way out; what keeps growing jumps to the next number that
the code mentions.  What a field or a local cannot hold is refused where it
is stored, so nothing grows beyond that.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence

from memcharge.ir.layout import Key
from memcharge.ir.liveness import live_locals
from memcharge.ir.nodes import (
    Bug,
    Choose,
    Const,
    Expr,
    Graph,
    Load,
    Local,
    Node,
    Number,
    Op,
    Place,
    Program,
    Set,
    Store,
    Table,
    Test,
    Var,
    Wait,
    defines,
    successors,
    uses,
    variables,
)

Range = tuple[int, int]
Known = dict[int, Range]  # of locals, by number

TRUTH: Range = (0, 1)
ANYTHING: Range = (-(1 << 63), (1 << 63) - 1)
PATIENCE = 4  # times that something grows before it jumps; four times as often it jumps to the end
BYTE: dict[bool, Range] = {True: (-128, 127), False: (0, 255)}
ENDS = (ANYTHING[0], -128, 0, 127, 255, ANYTHING[1])
COMPARISONS = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
MIRRORED = {"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}


class Ranges:
    """The ranges in a program, of `graphs`: its CPUs, then its properties.

    `at[graph][node]` has the ranges of the locals that are of interest before
    a node, and nothing for a node that no run reaches; `elements[key]` has those
    of a field, object by object, and within an object index by index.
    `kept[cpu][node]` says as bits which locals are read from there on.  A
    (graph, node, local) in `clipped` may come to more than a byte before a step ends.
    """

    def __init__(self, program: Program, kept: Sequence[Sequence[int]]) -> None:
        self._layout = program.layout
        self.elements = {key: _begun(rows) for key, rows in program.layout.start.items()}
        properties = [one.graph for one in program.properties]
        self.graphs = [*program.cpus, *properties]
        self._cpus = len(program.cpus)
        self._kept = [*kept, *(_read(graph) for graph in properties)]
        self.at: list[dict[int, Known]] = [{} for _ in self.graphs]
        self._jumps = [_numbers(graph) for graph in self.graphs]
        self._visits = [[0] * len(graph.nodes) for graph in self.graphs]
        self._readers: dict[Key, set[tuple[int, int]]] = {}
        self._growths: dict[tuple[Key, int], int] = {}
        self.clipped: set[tuple[int, int, int]] = set()
        self._waiting = [(which, graph.entry) for which, graph in enumerate(self.graphs)]
        for which, graph in enumerate(self.graphs):
            start = _bits(self._kept[which][graph.entry])
            self.at[which][graph.entry] = dict.fromkeys(start, (0, 0))
        while self._waiting:
            self._visit(*self._waiting.pop())

    def declared(self, key: Key) -> Range:
        """What a field may hold at most."""
        info = self._layout.fields[key]
        if info.target is not None:
            return (0, len(self._layout.pools.get(info.target, ())))
        return (min(info.lowest, 0), info.highest)

    def where(self, place: Place, known: Known) -> range | list[int]:
        """The numbers of the elements that a place can be, where so much is known of the locals."""
        objects = len(self._layout.pools.get(place.struct, ()))
        low, high = range_of(place.obj, known)
        rows = range(max(low, 1) - 1, min(high, objects))
        if place.index is None:
            return rows
        length = self._layout.fields[place.key].length or 1
        low, high = range_of(place.index, known)
        columns = range(max(low, 0), min(high + 1, length))
        return [row * length + column for row in rows for column in columns]

    def _visit(self, which: int, number: int) -> None:
        """Carry what is known before a node to those behind it."""
        node, known = self.graphs[which].nodes[number], self.at[which][number]
        local = defines(node)
        if isinstance(node, Store):
            self._stored(node, known)
        if isinstance(node, Test):
            for target, outcome in ((node.next, True), (node.other, False)):
                self._carry(which, target, narrowed(known, node.condition, outcome))
            return
        after: Known | None = known
        if isinstance(node, Wait):
            after = narrowed(known, node.condition, True)
        elif isinstance(node, Bug):
            after = narrowed(known, node.condition, False)
        elif local is not None:
            after = {**known, local.number: self._given(which, number, node, known)}
        for target in successors(node):
            self._carry(which, target, after)

    def _given(self, which: int, number: int, node: Node, known: Known) -> Range:
        """What a node gives to its local."""
        match node:
            case Set(value=value):
                return range_of(value, known)
            case Load(place=place):
                self._readers.setdefault(place.key, set()).add((which, number))
                elements = self.elements[place.key]
                return _union([elements[one] for one in self.where(place, known)])
            case Choose(options=options):
                return (0, options - 1)
        raise TypeError(f"{node!r} sets no local")

    def _stored(self, node: Store, known: Known) -> None:
        """A field may hold from now on what a node stores into it."""
        key, elements = node.place.key, self.elements[node.place.key]
        low, high = range_of(node.value, known)
        least, most = self.declared(key)
        for one in self.where(node.place, known):
            old = elements[one]
            new = (min(old[0], max(low, least)), max(old[1], min(high, most)))
            if new == old:
                continue
            growths = self._growths[key, one] = self._growths.get((key, one), 0) + 1
            if growths > PATIENCE:
                new = (least if new[0] < old[0] else old[0], most if new[1] > old[1] else old[1])
            elements[one] = new
            self._waiting.extend(self._readers.get(key, ()))

    def _carry(self, which: int, target: int, known: Known | None) -> None:
        """Join what is known with what was known before the target."""
        if known is None:
            return
        table, old = self.at[which], self.at[which].get(target)
        here = {one: known.get(one, ANYTHING) for one in old or _bits(self._kept[which][target])}
        ends = which < self._cpus and not self.graphs[which].nodes[target].glued
        if ends and not self._stored_away(which, target, here):
            return
        if old is None:
            table[target] = here
            self._waiting.append((which, target))
            return
        grown: Known = {}
        for one, (low, high) in old.items():
            less, more = here[one]
            if less < low or more > high:
                grown[one] = (min(low, less), max(high, more))
        if not grown:
            return
        self._visits[which][target] += 1
        if self._visits[which][target] > PATIENCE:
            grown = {one: self._jumped(which, target, old[one], new) for one, new in grown.items()}
        table[target] = {**old, **grown}
        self._waiting.append((which, target))

    def _stored_away(self, which: int, target: int, here: Known) -> bool:
        """Between two steps a local is a byte; whether every one here can be."""
        for one, (low, high) in here.items():
            least, most = BYTE[signed(self.graphs[which].locals[one])]
            if low < least or high > most:
                here[one] = (max(low, least), min(high, most))
                self.clipped.add((which, target, one))
        return all(low <= high for low, high in here.values())

    def _jumped(self, which: int, target: int, old: Range, new: Range) -> Range:
        """A range that grew, as far as the next numbers of the code."""
        jumps = self._jumps[which] if self._visits[which][target] < 4 * PATIENCE else ENDS
        low, high = new
        if low < old[0]:
            low = jumps[bisect_right(jumps, low) - 1]
        if high > old[1]:
            high = jumps[bisect_left(jumps, high)]
        return low, high


def _begun(rows: Sequence[Sequence[int]]) -> list[Range]:
    return [(value, value) for row in rows for value in row]


def _union(ranges: list[Range]) -> Range:
    if not ranges:
        return (0, 0)
    return min(low for low, _ in ranges), max(high for _, high in ranges)


def _read(graph: Graph) -> list[int]:
    """For each node of a property the locals that are read from there on, its result included."""
    assert graph.result is not None
    result = sum(1 << one for one in {local.number for local in variables(graph.result)})
    return [live | result for live in live_locals(graph)]


def signed(local: Local) -> bool:
    """Whether a local that outlives a step is stored with a sign."""
    return isinstance(local.kind, Number) and local.kind.lowest < 0


def _numbers(graph: Graph) -> list[int]:
    """The numbers that the code mentions and those beside them, what bytes can hold, all."""
    found = {*ENDS}

    def collect(expr: Expr) -> None:
        match expr:
            case Const(value):
                found.update((value - 1, value, value + 1))
            case Op(args=args):
                for one in args:
                    collect(one)
            case Table(values=values, index=index):
                found.update(values)
                collect(index)

    for node in graph.nodes:
        for expr in uses(node):
            collect(expr)
    return sorted(one for one in found if ANYTHING[0] <= one <= ANYTHING[1])


def _bits(word: int) -> list[int]:
    found = []
    while word:
        low = word & -word
        found.append(low.bit_length() - 1)
        word ^= low
    return found


# -- expressions ------------------------------------------------------------------------------


def range_of(expr: Expr, known: Known) -> Range:
    """Between which values an expression lies, where so much is known of the locals."""
    match expr:
        case Const(value):
            return (value, value)
        case Var(local):
            return known.get(local.number, ANYTHING)
        case Table(values=values):
            rest = values[1:] or (0,)
            return (min(rest), max(rest))
        case Op(op="not") | Op(op="==" | "!=" | "<" | "<=" | ">" | ">="):
            return TRUTH
        case Op(op=op, args=args):
            low, high = ARITHMETIC[op](*(range_of(one, known) for one in args))
            if low < ANYTHING[0] or high > ANYTHING[1]:
                return ANYTHING
            return low, high
    raise TypeError(f"no range of {expr!r}")


def _product(one: Range, other: Range) -> Range:
    corners = [a * b for a in one for b in other]
    return min(corners), max(corners)


def _and(one: Range, other: Range) -> Range:
    if one[0] >= 0 and other[0] >= 0:
        return (0, min(one[1], other[1]))
    for this in (one, other):
        if this[0] >= 0:
            return (0, this[1])
    return _either(one, other)


def _either(one: Range, other: Range) -> Range:
    """All numbers of as many bits, with their sign."""
    bits = max(abs(end).bit_length() for end in (*one, *other))
    negative = one[0] < 0 or other[0] < 0
    return (-(1 << bits) if negative else 0, (1 << bits) - 1)


def _left(one: Range, other: Range) -> Range:
    if other[0] < 0 or other[1] > 62:
        return ANYTHING
    corners = [a << b for a in one for b in other]
    return min(corners), max(corners)


def _right(one: Range, other: Range) -> Range:
    if other[0] < 0:
        return ANYTHING
    corners = [a >> b for a in one for b in other]
    return min(corners), max(corners)


ARITHMETIC: dict[str, Callable[..., Range]] = {
    "+": lambda one, other: (one[0] + other[0], one[1] + other[1]),
    "-": lambda one, other: (one[0] - other[1], one[1] - other[0]),
    "*": _product,
    "&": _and,
    "|": _either,
    "^": _either,
    "<<": _left,
    ">>": _right,
    "neg": lambda one: (-one[1], -one[0]),
    "~": lambda one: (~one[1], ~one[0]),
}


# -- tests --------------------------------------------------------------------------------------


def narrowed(known: Known, condition: Expr, outcome: bool) -> Known | None:
    """What is known where a condition came out so; None where it cannot."""
    match condition:
        case Const(value):
            return known if bool(value) == outcome else None
        case Var():
            return _compared(known, condition, "!=" if outcome else "==", Const(0))
        case Op(op="not", args=(one,)):
            return narrowed(known, one, not outcome)
        case Op(op=op, args=(left, right)) if op in COMPARISONS:
            return _compared(known, left, op if outcome else COMPARISONS[op], right)
    return known


def _compared(known: Known, left: Expr, op: str, right: Expr) -> Known | None:
    """What is known where a comparison holds."""
    a, b = range_of(left, known), range_of(right, known)
    first, second = _cut(a, op, b), _cut(b, MIRRORED[op], a)
    if first is None or second is None:
        return None
    changed = {
        side.local.number: cut
        for side, cut in ((left, first), (right, second))
        if isinstance(side, Var) and side.local.number in known
    }
    return {**known, **changed} if changed else known


def _cut(one: Range, op: str, other: Range) -> Range | None:
    """The part of a range that can compare so with another; None if there is none."""
    low, high = one
    if op == "==":
        low, high = max(low, other[0]), min(high, other[1])
    elif op in ("<", "<="):
        high = min(high, other[1] - (op == "<"))
    elif op in (">", ">="):
        low = max(low, other[0] + (op == ">"))
    elif other[0] == other[1]:  # !=
        low += low == other[0]
        high -= high == other[0]
    return (low, high) if low <= high else None
