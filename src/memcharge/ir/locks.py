# SPDX-License-Identifier: GPL-2.0-only
"""Which locks a CPU holds for certain at each node.

A lock is a one-bit cell that starts at 0 and that every CPU of the program
sets only within an indivisible section that has found it 0, and clears only
where it holds it.  So two CPUs never hold it at once, whatever the field is
called.  A cell of which that cannot be shown is no lock.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from memcharge.ir.flow import Change, Flow
from memcharge.ir.layout import Key
from memcharge.ir.nodes import (
    Bug,
    Choose,
    Const,
    Expr,
    Load,
    Node,
    Op,
    Pass,
    Place,
    Program,
    Set,
    Store,
    Test,
    Var,
    Wait,
    Warn,
    defines,
)
from memcharge.ir.values import Cells

LONGEST = 16  # nodes between reading a lock and setting it
Effects = dict[int, int]  # what a node does to locks, as bits
BETWEEN = (Set, Pass, Load, Test, Wait, Bug, Warn, Choose)


@dataclass(frozen=True, slots=True)
class Atom:
    """A lock as one CPU names it: of an object, or of what a local names."""

    key: Key
    owner: int
    local: bool

    def cell(self, cells: Cells, obj: int) -> int:
        return cells.cell(self.key, obj if self.local else self.owner)


@dataclass(slots=True)
class Held:
    """The locks of one CPU, as bits of `atoms`: those held `before` each node for certain.

    `free` are those of the gates that it does not hold for certain, `taken` those that it
    takes at a node, `gates` those that have to be free for the section at a
    node to be entered, `named` those that are named by a local.  A node that no
    run reaches has None.
    """

    atoms: list[Atom]
    before: list[int | None]
    free: list[int | None]
    taken: Effects
    gates: Effects
    named: int = 0


class Locks:
    """The locks of a program, and where each CPU holds them."""

    def __init__(self, program: Program, cells: Cells, flows: list[Flow]) -> None:
        self.program, self.cells = program, cells
        self.held: list[Held] = []
        self.bad = 0
        for cpu, flow in enumerate(flows):
            self.held.append(_Finder(self, cpu, flow).held())
        for key in {atom.key for held in self.held for atom in held.atoms}:
            for obj, (value, *_) in enumerate(program.layout.start[key], 1):
                if value:
                    self.bad |= cells.cell(key, obj)
        for cpu, flow in enumerate(flows):
            self._verify(cpu, flow.numbers(Store))
        for held in self.held:
            kept = 0
            for number, atom in enumerate(held.atoms):
                if not self.names(atom) & self.bad:
                    kept |= 1 << number
            held.before = [None if one is None else one & kept for one in held.before]
            held.free = [None if one is None else one & kept for one in held.free]
            held.taken = {node: mask & kept for node, mask in held.taken.items()}
            held.gates = {node: mask & kept for node, mask in held.gates.items()}
            held.named = sum(1 << n for n, atom in enumerate(held.atoms) if atom.local)

    def names(self, atom: Atom) -> int:
        """The cells that an atom may be."""
        if not atom.local:
            return self.cells.cell(atom.key, atom.owner)
        mask = 0
        for obj in range(1, len(self.program.layout.pools[atom.key[0]]) + 1):
            mask |= self.cells.cell(atom.key, obj)
        return mask

    def atom(self, cpu: int, place: Place) -> Atom | None:
        """A place as a lock; None if it is an element, or of an object found in a hurry."""
        info = self.program.layout.fields[place.key]
        if place.index is not None or (info.lowest, info.highest) != (0, 1):
            return None
        if isinstance(place.obj, Const):
            return Atom(place.key, place.obj.value, local=False) if place.obj.value else None
        objects = self.cells.possible.objects(cpu, place.struct, place.obj)
        if len(objects) == 1:
            return Atom(place.key, objects[0], local=False)
        if isinstance(place.obj, Var):
            return Atom(place.key, place.obj.local.number, local=True)
        return None

    def _verify(self, cpu: int, stores: list[int]) -> None:
        """Note the cells that a CPU sets or clears otherwise than locks are."""
        keys = {atom.key for held in self.held for atom in held.atoms}
        held, nodes = self.held[cpu], self.program.cpus[cpu].nodes
        for number in stores:
            node = nodes[number]
            if not isinstance(node, Store) or node.place.key not in keys:
                continue
            before = held.before[number]
            if before is None or held.taken.get(number):
                continue
            atom = self.atom(cpu, node.place)
            bit = 1 << held.atoms.index(atom) if atom in held.atoms else 0
            if node.value != Const(0) or not before & bit:
                self.bad |= self.cells.mask(cpu, node.place)


class _Finder:
    """Finds where one CPU takes what may be locks, and follows them."""

    def __init__(self, locks: Locks, cpu: int, flow: Flow) -> None:
        self.locks, self.cpu, self.flow, self.nodes = locks, cpu, flow, flow.graph.nodes
        self.named: dict[int, int] = {}  # the locks that a local names
        self.tested: set[int] = set()  # locals that tell whether a lock was taken
        self.atoms: list[Atom] = []

    def held(self) -> Held:
        taken: Effects = {}
        gates: Effects = {}
        for number in sorted(self.flow.numbers(Store, Wait)):
            node = self.nodes[number]
            if isinstance(node, Wait):
                self._gate(number, node, gates)
            elif isinstance(node, Store) and node.in_section and node.value == Const(1):
                atom = self.locks.atom(self.cpu, node.place)
                if atom is not None and self._found_free(number, node.place):
                    taken[number] = self._bit(atom)
        nowhere: list[int | None] = [0] * len(self.nodes)
        if not self.atoms:
            return Held(self.atoms, nowhere, nowhere, taken, gates)
        given, results = self._given(taken), self._results()
        known = 0
        for number, atom in enumerate(self.atoms):
            if atom.local:
                self.named[atom.owner] = self.named.get(atom.owner, 0) | 1 << number
            else:
                known |= 1 << number
        before = _Certain(self, results, when=True).run(0, taken, given)
        free = nowhere
        waited = 0
        for bits in gates.values():
            waited |= bits
        if waited:
            alike = {node: self._alike(bits) & waited for node, bits in taken.items()}
            given = {node: bits & waited for node, bits in given.items()}
            free = _Certain(self, results, when=False).run(known & waited, given, alike)
        return Held(self.atoms, before, free, taken, gates)

    def _given(self, taken: Effects) -> Effects:
        """Where a lock is given back, if it is one."""
        found: Effects = {}
        keys = {atom.key for atom in self.atoms}
        for number in self.flow.numbers(Store):
            node = self.nodes[number]
            if isinstance(node, Store) and node.place.key in keys and number not in taken:
                atom = self.locks.atom(self.cpu, node.place)
                if atom in self.atoms:
                    found[number] = 1 << self.atoms.index(atom)
        return found

    def _alike(self, bits: int) -> int:
        """All locks that may be one of these by another name."""
        found = bits
        for number, atom in enumerate(self.atoms):
            if bits >> number & 1:
                for other, one in enumerate(self.atoms):
                    if one.key == atom.key and (one.local or atom.local):
                        found |= 1 << other
        return found

    def _bit(self, atom: Atom) -> int:
        if atom not in self.atoms:
            self.atoms.append(atom)
        return 1 << self.atoms.index(atom)

    def _chain(self, number: int) -> list[int]:
        """The nodes on the only way to a node within its section, it last."""
        chain = [number]
        while self.nodes[chain[0]].glued and len(chain) < LONGEST:
            before = self.flow.before[chain[0]]
            if len(before) != 1 or not isinstance(self.nodes[before[0]], BETWEEN):
                break
            if not self.nodes[before[0]].in_section:
                break
            chain.insert(0, before[0])
        return chain

    def _found_free(self, store: int, place: Place) -> bool:
        """Whether every way to a store has found the place 0 in the same section."""
        chain = self._chain(store)
        like: dict[int, bool] = {}  # locals that are true where it is set, or where it is not
        free = False
        for number, after in pairwise(chain):
            node = self.nodes[number]
            condition = _condition(node)
            if condition is not None:
                passed = not isinstance(node, Test) or node.next == after
                if isinstance(node, Test) and node.next == node.other:
                    continue
                read = _like(condition, like)
                free = free or (read is not None and read != passed)
                if isinstance(node, Test) and isinstance(condition, Var):
                    self.tested.add(condition.local.number)
            local = defines(node)
            if local is None:
                continue
            read = _like(node.value, like) if isinstance(node, Set) else None
            if isinstance(node, Load) and node.place == place:
                read = True
            like.pop(local.number, None)
            if read is not None:
                like[local.number] = read
            if isinstance(place.obj, Var) and local is place.obj.local:
                free, like = False, {}
        return free

    def _gate(self, number: int, node: Wait, gates: dict[int, int]) -> None:
        """Note the lock that a section waits for, if it begins with reading it."""
        chain = self._chain(number)
        head = self.nodes[chain[0]]
        if len(chain) == 2 and isinstance(head, Load):
            atom = self.locks.atom(self.cpu, head.place)
            if atom is not None and _like(node.condition, {head.local.number: True}) is False:
                gates[chain[0]] = self._bit(atom)

    def _results(self) -> list[int]:
        """Locals that may tell whether a lock is held: those that are tested and given so."""
        found, given, copies = set[int](), {*self.tested}, []
        for number in self.flow.numbers(Test, Wait):
            condition = _plain(_condition(self.nodes[number]))
            if isinstance(condition, Var):
                found.add(condition.local.number)
        for number in self.flow.numbers(Set):
            node = self.nodes[number]
            if not isinstance(node, Set):
                continue
            if isinstance(node.value, Const):
                given.add(node.local.number)
            elif isinstance(node.value, Var):
                copies.append((node.local.number, node.value.local.number))
        return sorted(_closure(found, copies) & _closure(given, [(b, a) for a, b in copies]))


def _closure(found: set[int], pairs: list[tuple[int, int]]) -> set[int]:
    """With the second of each pair whose first is there."""
    size = -1
    while len(found) != size:
        size = len(found)
        found |= {b for a, b in pairs if a in found}
    return found


def _plain(condition: Expr | None) -> Expr | None:
    """Without the `not` around it."""
    if isinstance(condition, Op) and condition.op == "not":
        return condition.args[0]
    return condition


def _condition(node: Node) -> Expr | None:
    return node.condition if isinstance(node, Test | Wait) else None


def _like(expr: Expr, like: dict[int, bool]) -> bool | None:
    """Whether an expression is true where the lock is taken or where it is free, if either."""
    match expr:
        case Var(local):
            return like.get(local.number)
        case Op(op="not", args=(one,)) | Op(op="==", args=(one, Const(0))):
            inner = _like(one, like)
            return None if inner is None else not inner
        case Op(op="!=", args=(one, Const(0))):
            return _like(one, like)
    return None


class _Certain:
    """What is certain of each lock at each node on every way there, as bits.

    Bit a: it is so of lock a.  Then for each result local u a bit that u is not
    `when`, and for each lock a bit that it is so of the lock if u is `when`.
    """

    def __init__(self, finder: _Finder, results: list[int], *, when: bool) -> None:
        count = len(finder.atoms)
        self.flow, self.named, self.when = finder.flow, finder.named, when
        self.all = (1 << count) - 1
        self.other = {u: 1 << (count + n * (count + 1)) for n, u in enumerate(results)}
        self.shift = {u: count + n * (count + 1) + 1 for n, u in enumerate(results)}
        self.implied = sum(1 << shift for shift in self.shift.values())
        self.others = sum(self.other.values())

    def run(self, start: int, gains: Effects, losses: Effects) -> list[int | None]:
        """What is so before each node, if `start` is so at first."""
        nodes = self.flow.graph.nodes
        changes: dict[int, Change] = {
            store: self._moved(losses.get(store, 0), gains.get(store, 0))
            for store in gains.keys() | losses.keys()
        }
        for number in self.flow.numbers(Set, Load, Choose):
            node = nodes[number]
            assert isinstance(node, Set | Load | Choose)
            local = node.local.number
            lost = self.named.get(local, 0)
            if local in self.shift:
                changes[number] = self._given(node, local, lost)
            elif lost:
                changes[number] = self._moved(lost, 0)
        for number in self.flow.numbers(Test):
            node = nodes[number]
            change = self._tested(node) if isinstance(node, Test) else None
            if change is not None:
                changes[number] = change
        before = self.flow.must(self._closed(start), changes)
        return [None if one is None else one & self.all for one in before]

    def _closed(self, facts: int) -> int:
        """With what follows: what is so is so if u is anything; and so is all that cannot be."""
        return facts | (facts & self.all) * self.implied | (facts & self.others) * (self.all << 1)

    def _moved(self, lost: int, gained: int) -> Change:
        """After a lock was taken or given back, or a local that names one was changed."""
        lost |= lost * self.implied
        return lambda facts, _: self._closed(facts & ~lost | gained)

    def _given(self, node: Node, u: int, lost: int) -> Change:
        """After a result local was given a value."""
        shift, other = self.shift[u], self.other[u]
        gone = ~(lost | lost * self.implied | other | self.all << shift)
        value = node.value if isinstance(node, Set) else None
        if isinstance(value, Const) and bool(value.value) != self.when:
            return lambda facts, _: self._closed(facts & gone | other)
        if isinstance(value, Var) and value.local.number in self.shift:
            source, same = self.shift[value.local.number], self.other[value.local.number]

            def copied(facts: int, _: int) -> int:
                now = facts & gone | (facts >> source & self.all & ~lost) << shift
                return self._closed(now | other if facts & same else now)

            return copied
        return lambda facts, _: self._closed(facts & gone)

    def _tested(self, node: Test) -> Change | None:
        """What a test of a result local adds on its ways."""
        where, condition = node.next, node.condition
        if isinstance(condition, Op) and condition.op == "not":
            where, condition = node.other, condition.args[0]
        if node.next == node.other or not isinstance(condition, Var):
            return None
        shift = self.shift.get(condition.local.number)
        if shift is None:
            return None
        other = self.other[condition.local.number]

        def tested(facts: int, target: int) -> int:
            if (target == where) == self.when:
                return self._closed(facts | (facts >> shift & self.all))
            return self._closed(facts | other)

        return tested
