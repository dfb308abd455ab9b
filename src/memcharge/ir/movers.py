# SPDX-License-Identifier: GPL-2.0-only
"""Which steps may be moved before or behind the steps of other CPUs.

An action is a node at which a step may start, with all that is glued to it.  It
moves right if whatever another CPU does next could as well have been done
before it, and left if whatever another CPU did just before it could as well be
done after it.  Two actions commute if they touch no cell in common that one of
them writes, and they are never neighbours at all if a lock keeps them apart.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from memcharge.ir.flow import Flow
from memcharge.ir.layout import FREED
from memcharge.ir.locks import Held, Locks
from memcharge.ir.nodes import (
    Bug,
    Choose,
    Const,
    End,
    Expr,
    Free,
    Load,
    Node,
    Op,
    Program,
    Store,
    Var,
    Wait,
    Warn,
    defines,
)
from memcharge.ir.nulls import may_end
from memcharge.ir.values import Cells


class Access(NamedTuple):
    """Cells read and written, the locks held before and after, those that have to be free."""

    reads: int
    writes: int
    before: int
    after: int
    gates: int


@dataclass(slots=True)
class Action:
    """A step without any gluing of sections: its nodes, where it ends, and what it may do.

    `right` and `left` say where it moves.  `visible` if a property of every
    state may see it, `ends` if it may end the run, `waits` if it may be
    impossible, `chooses` if the environment does within it, `sure` if all
    that it waits for is a lock that nobody can hold then, `warns` if it may warn.
    """

    nodes: list[int]
    exits: list[int]
    accesses: list[tuple[int, Access]] = field(default_factory=list)
    right: bool = True
    left: bool = True
    visible: bool = False
    ends: bool = False
    waits: bool = False
    chooses: bool = False
    sure: bool = False
    warns: bool = False


class Movers:
    """The actions of every CPU, by the node at which they start."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.cells = Cells(program)
        flows = [Flow(graph) for graph in program.cpus]
        self.locks = Locks(program, self.cells, flows)
        self.holds = [self._holds(cpu) for cpu in range(len(flows))]
        self.seen = 0
        self._cells_of: dict[tuple[int, int, int, int], int] = {}
        for prop in program.properties:
            if prop.when == "always":
                self.seen |= self.cells.read_by(prop.graph)
        self.actions = [self._actions(cpu, flow) for cpu, flow in enumerate(flows)]
        groups = [_grouped(actions) for actions in self.actions]
        for cpu, actions in enumerate(self.actions):
            others = _together(groups[:cpu] + groups[cpu + 1 :])
            judged: dict[Access, tuple[bool, bool]] = {}
            for action in actions.values():
                for _, access in action.accesses:
                    if not (action.right or action.left):
                        break
                    if access not in judged:
                        judged[access] = others.moves(access)
                    right, left = judged[access]
                    action.right &= right
                    action.left &= left
                if action.waits and action.right and action.left and action.sure:
                    action.waits = False

    def _actions(self, cpu: int, flow: Flow) -> dict[int, Action]:
        ending = may_end(flow, self.program.layout.freeable)
        ending -= _released(flow, self.locks, cpu)
        found = {}
        inside = [node.glued and type(node) is not End for node in flow.graph.nodes]
        for number, node in enumerate(flow.graph.nodes):
            if not node.glued and type(node) is not End:
                found[number] = self._action(cpu, flow, action_at(flow, number, inside), ending)
        return found

    def _action(self, cpu: int, flow: Flow, action: Action, ending: set[int]) -> Action:
        head, nodes = action.nodes[0], flow.graph.nodes
        action.ends = not ending.isdisjoint(action.nodes)
        waits = 0
        touching = []
        for number in action.nodes:
            node = nodes[number]
            kind = type(node)
            if kind is Load or kind is Store or kind is Free:
                touching.append(number)
            elif kind is Wait:
                waits += 1
            elif kind is Choose:
                action.chooses = True
            elif isinstance(node, Warn) and node.condition != Const(0):
                action.right = action.left = False  # the run may end before it, and not behind
                action.warns = True
        if not touching and not waits:
            return action
        held = self.locks.held[cpu]
        after = -1
        for number in action.exits:
            after &= held.before[number] or 0
        before, gates = held.before[head] or 0, held.gates.get(head, 0)
        action.waits = waits > 0
        action.sure = waits == 1 and self._free(cpu, gates & (held.free[head] or 0), before)
        known = (before, after if action.exits else 0, gates)
        if any(one & held.named for one in known):
            given = {one.number for n in action.nodes if (one := defines(nodes[n])) is not None}
            known = (
                _kept(held, known[0], given),
                _kept(held, known[1], given),
                _kept(held, known[2], given),
            )
        for number in touching:
            for reads, writes, obj, pointer in self._touched(cpu, nodes[number]):
                action.visible |= bool(writes & self.seen)
                local = pointer.local.number if isinstance(pointer, Var) else -1
                locks = (self._as_cells(cpu, one, obj, local) for one in known)
                action.accesses.append((number, Access(reads, writes, *locks)))
        if action.visible:
            action.right = action.left = False
        return action

    def _holds(self, cpu: int) -> set[tuple[int, int]]:
        """What a CPU holds for certain and what it may hold, as cells, wherever it may stand."""
        held = self.locks.held[cpu]
        stands = {
            (before, free or 0)
            for before, free in zip(held.before, held.free, strict=True)
            if before is not None
        }
        named = self._of_atoms(cpu, held.named)  # a local may have named another before
        certain = (1 << len(held.atoms)) - 1 & ~held.named
        return {
            (self._of_atoms(cpu, before & certain), named | self._of_atoms(cpu, certain & ~free))
            for before, free in stands
        }

    def _of_atoms(self, cpu: int, atoms: int) -> int:
        mask = 0
        for number in bits(atoms):
            mask |= self.locks.names(self.locks.held[cpu].atoms[number])
        return mask

    def _free(self, cpu: int, gates: int, before: int) -> bool:
        """Whether no other CPU can hold a lock, as each that may also holds one held here."""
        if not gates:
            return False
        asked = self._of_atoms(cpu, gates)
        own = self._of_atoms(cpu, before & ~self.locks.held[cpu].named)
        return all(
            not maybe & asked or certain & own
            for other, stands in enumerate(self.holds)
            if other != cpu
            for certain, maybe in stands
        )

    def _touched(self, cpu: int, node: Node) -> list[tuple[int, int, int, Expr]]:
        """What a node reads and writes, once for each object, and the pointer it follows."""
        match node:
            case Load(place=place) | Store(place=place):
                struct, pointer = place.struct, place.obj
            case Free(struct=struct, obj=pointer):
                pass
            case _:
                return []
        found = []
        freeable = struct in self.program.layout.freeable
        for obj in self.cells.possible.objects(cpu, struct, pointer):
            reads = writes = 0
            if freeable:
                reads = self.cells.cell((struct, FREED), obj)
            if isinstance(node, Load):
                reads |= self.cells.of_object(cpu, node.place, obj)
            elif isinstance(node, Store):
                writes = self.cells.of_object(cpu, node.place, obj)
            else:
                writes = reads
            found.append((reads, writes, obj, pointer))
        return found

    def _as_cells(self, cpu: int, atoms: int, obj: int, pointer: int) -> int:
        """Locks as cells, where an access goes to one object through one local, or none."""
        if not atoms:
            return 0
        held = self.locks.held[cpu]
        asked = (cpu, atoms, obj, pointer) if atoms & held.named else (cpu, atoms, 0, 0)
        mask = self._cells_of.get(asked)
        if mask is None:
            mask = 0
            for number in bits(atoms):
                atom = held.atoms[number]
                if not atom.local or atom.owner == pointer:
                    mask |= atom.cell(self.cells, obj)
            self._cells_of[asked] = mask
        return mask


def bits(mask: int) -> list[int]:
    """The numbers of the bits that are set."""
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found


def action_at(flow: Flow, head: int, inside: list[bool]) -> Action:
    """The nodes of a step that starts at a node, and those at which it may end."""
    action = Action([head], [])
    seen: set[int] = set()
    targets = flow.targets
    for number in action.nodes:
        for target in targets[number]:
            if target not in seen:
                seen.add(target)
                (action.nodes if inside[target] else action.exits).append(target)
    return action


def _kept(held: Held, atoms: int, given: set[int]) -> int:
    """Without the locks of what a local named before the action gave it another value."""
    for number in bits(atoms & held.named):
        if held.atoms[number].owner in given:
            atoms &= ~(1 << number)
    return atoms


def _released(flow: Flow, locks: Locks, cpu: int) -> set[int]:
    """Assertions that a lock is held, where it is."""
    held, nodes = locks.held[cpu], flow.graph.nodes
    found = set()
    for number in flow.numbers(Load):
        node = nodes[number]
        after = nodes[node.next] if node.next >= 0 else None
        if (
            isinstance(node, Load)
            and isinstance(after, Bug)
            and after.glued
            and after.condition == Op("not", (Var(node.local),))
        ):
            atom = locks.atom(cpu, node.place)
            bit = 1 << held.atoms.index(atom) if atom in held.atoms else 0
            if (held.before[node.next] or 0) & bit:
                found.add(node.next)
    return found


class _Others:
    """What the other CPUs do, by the locks that they hold and those that have to be free."""

    def __init__(self) -> None:
        self.groups: dict[tuple[int, int], list[int]] = {}
        self.reads = self.writes = 0

    def add(self, held: int, gates: int, reads: int, writes: int) -> None:
        group = self.groups.setdefault((held, gates), [0, 0])
        group[0] |= reads
        group[1] |= writes
        self.reads |= reads
        self.writes |= writes

    def moves(self, own: Access) -> tuple[bool, bool]:
        """Whether an access moves right, and whether it moves left."""
        if not (own.reads & self.writes or own.writes & (self.reads | self.writes)):
            return True, True
        right = left = True
        for (held, gates), (reads, writes) in self.groups.items():
            if own.reads & writes or own.writes & (reads | writes):
                right &= bool(own.before & held or own.after & (held | gates))
                left &= bool(own.before & (held | gates))
        return right, left


def _grouped(actions: dict[int, Action]) -> _Others:
    found = _Others()
    for one in {access for action in actions.values() for _, access in action.accesses}:
        found.add(one.before, one.gates, one.reads, one.writes)
    return found


def _together(groups: list[_Others]) -> _Others:
    found = _Others()
    for one in groups:
        for (held, gates), (reads, writes) in one.groups.items():
            found.add(held, gates, reads, writes)
    return found
