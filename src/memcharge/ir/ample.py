# SPDX-License-Identifier: GPL-2.0-only
"""Partial-order reduction: where one CPU's step matters to nobody else, it is taken alone.

All is decided before the search, for each step of one CPU against each place
at which another can stand, so that every engine makes the same choice.
docs/reductions.md says why nothing is lost.
"""

from __future__ import annotations

from dataclasses import dataclass

from memcharge.ir.flow import Flow
from memcharge.ir.movers import Action, action_at
from memcharge.ir.nodes import (
    Alone,
    Choose,
    Const,
    End,
    Free,
    Load,
    Node,
    Program,
    Store,
    Wait,
    Warn,
    step_heads,
)
from memcharge.ir.nulls import may_end
from memcharge.ir.sections import ordered
from memcharge.ir.values import Cells


@dataclass(frozen=True, slots=True)
class Touched:
    """Cells read and cells written, as bits."""

    reads: int = 0
    writes: int = 0

    def __or__(self, other: Touched) -> Touched:
        return Touched(self.reads | other.reads, self.writes | other.writes)

    def conflicts(self, other: Touched) -> bool:
        return bool(self.writes & (other.reads | other.writes) or self.reads & other.writes)


@dataclass(slots=True)
class Steps:
    """The steps of one CPU by the node at which they start.

    `now` is what a step touches, `later` that and all that its CPU may touch
    after it; `fit` are the steps that may be taken alone.
    """

    heads: list[int]
    now: dict[int, Touched]
    later: dict[int, Touched]
    fit: set[int]


def find_alone(program: Program) -> Alone:
    """For each CPU and each of its labels: None, or with whom the step may be taken alone.

    That is for each CPU the labels, as bits, at which it may stand meanwhile.
    Empty where there is nothing to gain.
    """
    if len(program.cpus) == 1:
        return ()
    cells = Cells(program)
    seen = 0
    for prop in program.properties:
        if prop.when == "always":
            seen |= cells.read_by(prop.graph)
    steps = [_steps(program, cells, cpu, seen) for cpu in range(len(program.cpus))]
    found = tuple(_rows(steps, cpu) for cpu in range(len(steps)))
    return found if any(row is not None for rows in found for row in rows) else ()


def _steps(program: Program, cells: Cells, cpu: int, seen: int) -> Steps:
    graph = program.cpus[cpu]
    flow, heads = Flow(graph), step_heads(graph)
    actions = actions_of(flow)
    order, loops = ordered(graph.entry, actions) if graph.entry in actions else ([], set())
    ending = may_end(flow, program.layout.freeable)
    now, fit = {}, set()
    for head in order:
        touched, plain = Touched(), head not in loops
        for number in actions[head].nodes:
            node = graph.nodes[number]
            touched |= _touched(cells, cpu, node)
            plain &= number not in ending and _plain(node)
        now[head] = touched
        if plain and not touched.writes & seen:
            fit.add(head)
    return Steps(heads, now, _later(order, actions, now), fit)


def actions_of(flow: Flow) -> dict[int, Action]:
    """The steps by the node at which each starts, glued as they are now."""
    inside = [node.glued and not isinstance(node, End) for node in flow.graph.nodes]
    return {head: action_at(flow, head, inside) for head in step_heads(flow.graph)}


def _touched(cells: Cells, cpu: int, node: Node) -> Touched:
    """What a node touches; whoever follows a pointer reads whether the object is freed."""
    freeable = cells.layout.freeable
    match node:
        case Load(place=place) | Store(place=place):
            freed = cells.freed(cpu, place.struct, place.obj) if place.struct in freeable else 0
            mask = cells.mask(cpu, place)
            return Touched(mask | freed) if isinstance(node, Load) else Touched(freed, mask)
        case Free(struct=struct, obj=obj):
            freed = cells.freed(cpu, struct, obj)
            return Touched(freed, freed)
    return Touched()


def _plain(node: Node) -> bool:
    """Whether a node is always possible, and leaves no trace but in fields and locals."""
    if isinstance(node, Choose):
        return node.options > 0
    if isinstance(node, Warn):
        return node.condition == Const(0)
    return not isinstance(node, Wait | Free)


def _later(
    order: list[int], actions: dict[int, Action], now: dict[int, Touched]
) -> dict[int, Touched]:
    """What may be touched from each step on."""
    later = dict(now)
    again = True
    while again:
        again = False
        for head in reversed(order):
            whole = later[head]
            for target in actions[head].exits:
                whole |= later.get(target, Touched())
            if whole != later[head]:
                later[head], again = whole, True
    return later


def _rows(steps: list[Steps], cpu: int) -> tuple[tuple[int, ...] | None, ...]:
    own = steps[cpu]
    places = [_places(one) for one in steps]
    rows: list[tuple[int, ...] | None] = [None]
    known: dict[Touched, tuple[int, ...]] = {}
    for head in own.heads:
        if head not in own.fit:
            rows.append(None)
            continue
        touched = own.now[head]
        if touched not in known:
            known[touched] = tuple(
                -1 if other == cpu else _apart(touched, places[other])
                for other in range(len(steps))
            )

        rows.append(known[touched])
    return tuple(rows)


def _places(steps: Steps) -> dict[Touched, int]:
    """The labels, as bits, by what a CPU that stands there may still touch; nothing at the end."""
    found = {Touched(): 1}
    for label, head in enumerate(steps.heads, 1):
        later = steps.later.get(head)
        if later is not None:
            found[later] = found.get(later, 0) | 1 << label
    return found


def _apart(touched: Touched, places: dict[Touched, int]) -> int:
    """The labels at which a CPU can no longer come to what is touched."""
    return sum(labels for later, labels in places.items() if not touched.conflicts(later))
