# SPDX-License-Identifier: GPL-2.0-only
"""A second explorer, as plain as can be, to hold the first one to.

It walks the graphs node by node, as `memcharge.ir.nodes` says what each node
means: a state is a dict of places and, for each CPU, a node and a dict of
locals.  Nothing is generated, packed, merged or zeroed, and no code is shared
with the engine.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from memcharge.ir.layout import Layout
from memcharge.ir.nodes import (
    Bug,
    Choose,
    Const,
    End,
    Expr,
    Free,
    Graph,
    Load,
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
from tests.support.explored import Outcome

Where = tuple[str, str, int, int]
Locals = dict[int, int]

BINARY = {
    "+": int.__add__,
    "-": int.__sub__,
    "*": int.__mul__,
    "&": int.__and__,
    "|": int.__or__,
    "^": int.__xor__,
    "<<": int.__lshift__,
    ">>": int.__rshift__,
    "==": int.__eq__,
    "!=": int.__ne__,
    "<": int.__lt__,
    "<=": int.__le__,
    ">": int.__gt__,
    ">=": int.__ge__,
}
UNARY = {"not": lambda a: int(a == 0), "neg": int.__neg__, "~": int.__invert__}


@dataclass
class State:
    """Every place's value, who was freed, where each CPU is, and what was found."""

    shared: dict[Where, int]
    freed: set[tuple[str, int]]
    at: list[int]
    locals: list[Locals]
    finding: str = ""
    warned: bool = False

    def copy(self) -> State:
        own = [dict(one) for one in self.locals]
        return State(
            dict(self.shared), set(self.freed), list(self.at), own, self.finding, self.warned
        )

    def key(self) -> object:
        own = tuple(tuple(sorted(item for item in one.items() if item[1])) for one in self.locals)
        shared = tuple(self.shared.values())
        return shared, frozenset(self.freed), tuple(self.at), own, self.finding, self.warned


@dataclass
class Naive:
    """What was found: `broken[name]` is the least number of steps that breaks a property."""

    states: int = 0
    transitions: int = 0
    finals: int = 0
    outcomes: set[Outcome] = field(default_factory=set)
    broken: dict[str, int] = field(default_factory=dict)


class FoundError(Exception):
    """A node ends the run: the kind of the finding."""


def explore(program: Program) -> Naive:
    """All interleavings, nearest states first."""
    found = Naive(states=1)
    first = start(program)
    seen = {first.key()}
    waiting = deque([(first, 0)])
    while waiting:
        state, depth = waiting.popleft()
        judge(program, state, "always", depth, found)
        after = [one for cpu in range(len(program.cpus)) for one in steps(program, state, cpu)]
        found.transitions += len(after)
        if not after:
            end(program, state, depth, found)
        for one in after:
            key = one.key()
            if key not in seen:
                seen.add(key)
                found.states += 1
                waiting.append((one, depth + 1))
    return found


def start(program: Program) -> State:
    layout = program.layout
    shared = {
        (struct, name, obj, index): value
        for (struct, name), objects in layout.start.items()
        for obj, elements in enumerate(objects, 1)
        for index, value in enumerate(elements)
    }
    cpus = program.cpus
    return State(shared, set(), [graph.entry for graph in cpus], [{} for _ in cpus])


def end(program: Program, state: State, depth: int, found: Naive) -> None:
    """Note a state from which nobody steps."""
    done = all(
        isinstance(graph.nodes[number], End)
        for graph, number in zip(program.cpus, state.at, strict=True)
    )
    how = state.finding or ("done" if done else "deadlock")
    found.finals += 1
    found.outcomes.add(Outcome(how, state.warned, named(program.layout, state)))
    if how == "done":
        judge(program, state, "at_end", depth, found)
    else:
        found.broken.setdefault(how, depth)
    if state.warned:
        found.broken.setdefault("warn_on", depth)


def named(layout: Layout, state: State) -> tuple[tuple[str, int], ...]:
    """The values of a state by the names of their places."""
    values = {}
    for (struct, name, obj, index), value in state.shared.items():
        array = layout.fields[struct, name].length is not None
        values[layout.place_name((struct, name), obj, index if array else None)] = value
    for struct in layout.freeable:
        for obj, owner in enumerate(layout.pools[struct], 1):
            values[f"{owner} (freed)"] = int((struct, obj) in state.freed)
    return tuple(sorted(values.items()))


def judge(program: Program, state: State, when: str, depth: int, found: Naive) -> None:
    for prop in program.properties:
        if prop.when == when and prop.name not in found.broken and not holds(prop.graph, state):
            found.broken[prop.name] = depth


def holds(graph: Graph, state: State) -> bool:
    """Walk a property's graph; what it cannot look at does not hold."""
    own: Locals = {}
    number = graph.entry
    try:
        while not isinstance(graph.nodes[number], End):
            ((_, _, number),) = list(effects(graph.nodes[number], state, own))
    except FoundError:
        return False
    assert graph.result is not None
    return evaluate(graph.result, own) != 0


def steps(program: Program, state: State, cpu: int) -> list[State]:
    """One step of a CPU: from its node on through glued ones; as many states as choices."""
    nodes = program.cpus[cpu].nodes
    if state.finding or isinstance(nodes[state.at[cpu]], End):
        return []
    after: list[State] = []
    waiting = [(state.copy(), state.at[cpu])]
    while waiting:
        now, number = waiting.pop()
        try:
            for then, own, target in effects(nodes[number], now, now.locals[cpu]):
                then.locals[cpu] = own
                if nodes[target].glued and not isinstance(nodes[target], End):
                    waiting.append((then, target))
                    continue
                then.at[cpu] = target
                if isinstance(nodes[target], End):
                    then.locals[cpu] = {}
                after.append(then)
        except FoundError as found:
            now.finding = str(found)
            now.at[cpu], now.locals[cpu] = state.at[cpu], dict(state.locals[cpu])
            after.append(now)
    return after


def effects(node: Node, state: State, own: Locals) -> Iterator[tuple[State, Locals, int]]:
    """What a node does: the state, the locals and the next node, as often as there are choices."""
    target = node.next
    match node:
        case Set(local=local, value=value):
            own[local.number] = evaluate(value, own)
        case Load(local=local, place=place):
            own[local.number] = state.shared[where(place, state, own)]
        case Store(place=place, value=value):
            state.shared[where(place, state, own)] = evaluate(value, own)
        case Test(condition=condition, other=other):
            target = node.next if evaluate(condition, own) else other
        case Choose(local=local, options=options):
            for one in range(options):
                yield state.copy(), {**own, local.number: one}, target
            return
        case Wait(condition=condition):
            if not evaluate(condition, own):
                return
        case Bug(condition=condition, kind=kind):
            if evaluate(condition, own):
                raise FoundError(kind)
        case Warn(condition=condition):
            state.warned = state.warned or evaluate(condition, own) != 0
        case Free(struct=struct, obj=obj):
            state.freed.add((struct, alive(struct, evaluate(obj, own), state)))
        case _:
            assert isinstance(node, Pass)
    yield state, own, target


def where(place: Place, state: State, own: Locals) -> Where:
    """The place that a node means; a finding if there is none."""
    obj = alive(place.struct, evaluate(place.obj, own), state)
    index = 0 if place.index is None else evaluate(place.index, own)
    return place.struct, place.field, obj, index


def alive(struct: str, obj: int, state: State) -> int:
    if obj == 0:
        raise FoundError("null_dereference")
    if (struct, obj) in state.freed:
        raise FoundError("use_after_free")
    return obj


def evaluate(expr: Expr, own: Locals) -> int:
    """The value of an expression, a local that was never set being 0."""
    match expr:
        case Const(value):
            return value
        case Var(local):
            return own.get(local.number, 0)
        case Table(values=values, index=index):
            row = evaluate(index, own)
            if row == 0:
                raise FoundError("null_dereference")
            return values[row]
        case Op(op=op, args=(one,)):
            return UNARY[op](evaluate(one, own))
        case Op(op=op, args=(left, right)):
            return int(BINARY[op](evaluate(left, own), evaluate(right, own)))
    raise TypeError(expr)
