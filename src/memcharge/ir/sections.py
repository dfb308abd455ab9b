# SPDX-License-Identifier: GPL-2.0-only
"""Joining to one step what no other CPU can tell from one: lock sections among others.

A step may hold actions that move right, then one that moves nowhere, then
actions that move left: whatever other CPUs do meanwhile they could as well do
before it or behind it.  docs/reductions.md says why nothing is lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from memcharge.ir.movers import Action, Movers
from memcharge.ir.nodes import Graph, Program


@dataclass(frozen=True, slots=True)
class Phase:
    """What a step has done so far.

    `private` if nothing but work on locals that nobody is told of; `moved` if something that does
    not move right, so that all the rest has to move left; `chose` if the
    environment has chosen.
    """

    private: bool = True
    moved: bool = False
    chose: bool = False

    def behind(self, action: Action) -> Phase:
        return Phase(
            self.private
            and not (action.accesses or action.chooses or action.waits or action.warns),
            self.moved or not action.right,
            self.chose or action.chooses,
        )

    def joins(self, action: Action) -> bool:
        """Whether an action may go on in the same step."""
        if action.waits:
            return self.private
        if self.chose and action.chooses:
            return False
        return not self.moved or (action.left and not action.ends)


def merge_sections(program: Program) -> None:
    """Glue actions to what runs before them, wherever that is sound.

    One CPU alone is left as it is: it has few states, and one way through them.
    """
    if len(program.cpus) == 1:
        return
    movers = Movers(program)
    for graph, actions in zip(program.cpus, movers.actions, strict=True):
        _glue(graph, actions)


def _glue(graph: Graph, actions: dict[int, Action]) -> None:
    order, loops = ordered(graph.entry, actions)
    before: dict[int, list[Phase]] = {}
    for head in order:
        action, phase = actions[head], Phase()
        if head != graph.entry and head not in loops:
            phases = before[head]
            phase = Phase(
                all(one.private for one in phases),
                any(one.moved for one in phases),
                any(one.chose for one in phases),
            )
            if phase.joins(action):
                graph.nodes[head].glued = True
            else:
                phase = Phase()
        after = phase.behind(action)
        for target in action.exits:
            before.setdefault(target, []).append(after)


def ordered(entry: int, actions: dict[int, Action]) -> tuple[list[int], set[int]]:
    """The actions that are reached, each behind all that lead to it but for loops; their heads."""
    loops: set[int] = set()
    done: list[int] = []
    seen, path = {entry}, {entry}
    stack = [(entry, _targets(entry, actions))]
    while stack:
        head, rest = stack[-1]
        for target in rest:
            if target in path:
                loops.add(target)
            elif target not in seen:
                seen.add(target)
                path.add(target)
                stack.append((target, _targets(target, actions)))
                break
        else:
            stack.pop()
            path.discard(head)
            done.append(head)
    return done[::-1], loops


def _targets(head: int, actions: dict[int, Action]) -> Iterator[int]:
    return (target for target in actions[head].exits if target in actions)
