# SPDX-License-Identifier: GPL-2.0-only
"""Looking for what is interchangeable: guesses, each checked against the whole program.

A guess is two objects, or the constants in which two CPUs differ.  It grows by
what they point to, and is good only if every CPU becomes a CPU of the program,
the start state stays, and every property says the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator
from itertools import combinations
from math import factorial

from memcharge.ir.layout import Key
from memcharge.ir.liveness import live_locals
from memcharge.ir.nodes import (
    Const,
    Free,
    Graph,
    Load,
    Member,
    Node,
    Place,
    Pointer,
    Program,
    Property,
    Set,
    Store,
)
from memcharge.ir.ranges import Range, Ranges
from memcharge.ir.symmetry.claims import Comparison
from memcharge.ir.symmetry.renaming import Renaming

MOST = 120  # orders of interchangeable members that an engine may have to try
MOST_OBJECTS = 15  # of a struct, for an engine to rename its pointers

Pair = tuple[str, int, int]  # a struct, and two of its objects


def find_symmetry(program: Program) -> tuple[tuple[Member, ...], ...]:
    """The groups of interchangeable members, each of two at least; no CPU or object is in two."""
    return Finder(program).groups()


class Finder:
    """The search in one program."""

    def __init__(self, program: Program) -> None:
        self.program, self.layout = program, program.layout
        self.keys = program.fields_in_state()
        self.named: list[Counter[tuple[str, int]]] = []
        self.ranges: dict[Key, list[Range]] | None = None  # once they are needed
        self.said: dict[Hashable, bool] = {}  # by property and renaming
        self.pointers: dict[str, list[Key]] = {}
        for key, info in self.layout.fields.items():
            if info.target is not None and info.length is None:
                self.pointers.setdefault(key[0], []).append(key)

    def groups(self) -> tuple[tuple[Member, ...], ...]:
        """Members that can change places with the first of them, and so with one another."""
        found: list[list[Member]] = []
        taken: set[object] = set()
        for cpus, pairs in self._guesses():
            if (taken.issuperset(cpus) and cpus) or (
                pairs and taken.issuperset(_left_and_right(pairs))
            ):
                continue
            pair = self._proved(cpus, pairs)
            if pair is None:
                continue
            one, other = pair
            group = next((group for group in found if group[0] == one), None)
            if group is None and not taken & (_parts(one) | _parts(other)):
                found.append([one, other])
            elif group is not None and not taken & _parts(other):
                group.append(other)
            else:
                continue
            taken |= _parts(one) | _parts(other)
        return _few(found)

    def _guesses(self) -> Iterator[tuple[tuple[int, ...], list[Pair]]]:
        """Two CPUs and the objects in which they differ, or no CPUs and two objects."""
        cpus = self.program.cpus
        for one, other in combinations(range(len(cpus)), 2):
            differing = _differing(cpus[one], cpus[other])
            if differing is not None:
                yield (one, other), differing
        for struct, numbers in sorted(self._written().items()):
            for one, other in combinations(sorted(numbers), 2):
                yield (), [(struct, one, other)]

    def _written(self) -> dict[str, set[int]]:
        """The objects that some CPU may write to."""
        found: dict[str, set[int]] = {}
        for node in (node for graph in self.program.cpus for node in graph.nodes):
            match node:
                case Store(place=Place(struct, _, obj)) | Free(struct=struct, obj=obj):
                    whole = range(1, len(self.layout.pools[struct]) + 1)
                    found.setdefault(struct, set()).update(
                        [obj.value] if isinstance(obj, Const) else whole
                    )
        return {struct: numbers - {0} for struct, numbers in found.items()}

    def _grown(self, pairs: list[Pair]) -> list[Pair] | None:
        """The pairs and what they point to in the start state; None if that cannot be."""
        swap: dict[tuple[str, int], int] = {}
        grown: list[Pair] = []
        waiting = [*pairs]
        while waiting:
            struct, one, other = waiting.pop()
            if swap.get((struct, one), other) != other or swap.get((struct, other), one) != one:
                return None
            if one == other or (struct, one) in swap:
                continue
            if not one or not other:
                return None
            swap[struct, one], swap[struct, other] = other, one
            grown.append((struct, one, other))
            for key in self.pointers.get(struct, ()):
                left, right = (self.layout.start[key][obj - 1][0] for obj in (one, other))
                target = self.layout.fields[key].target
                if left and right and target is not None:
                    waiting.append((target, left, right))
        return grown

    def _proved(self, cpus: tuple[int, ...], guessed: list[Pair]) -> tuple[Member, Member] | None:
        """The two members of a guess, if the program stays as it is when they change places."""
        pairs = self._grown(guessed)
        if pairs is None or any(len(self.layout.pools[one]) > MOST_OBJECTS for one, *_ in pairs):
            return None
        objects: dict[str, list[int]] = {}
        for struct, one, other in pairs:
            row = objects.setdefault(struct, [*range(len(self.layout.pools[struct]) + 1)])
            row[one], row[other] = other, one
        rows = {struct: tuple(row) for struct, row in objects.items()}
        renaming = Renaming(self.layout, rows)
        moved = self._cpus(renaming, cpus) if renaming.keeps_start(self.keys) else None
        if moved is None:
            return None
        for prop in self.program.properties:
            if not renaming.keeps(prop) and not self._says_the_same(prop, renaming):
                return None
        firsts = tuple(one for one, other in enumerate(moved) if one < other)
        pairs.sort()
        return (
            Member(firsts, tuple((struct, one) for struct, one, _ in pairs)),
            Member(
                tuple(moved[one] for one in firsts),
                tuple((struct, other) for struct, _, other in pairs),
            ),
        )

    def _says_the_same(self, prop: Property, renaming: Renaming) -> bool:
        """Whether a property that is another text by now says what it said."""
        asked = (prop.name, frozenset(renaming.objects.items()))
        if asked not in self.said:  # two CPUs and what they touch are often guessed both
            if self.ranges is None:
                cpus = self.program.cpus
                self.ranges = Ranges(self.program, [live_locals(graph) for graph in cpus]).elements
            self.said[asked] = Comparison(prop, renaming, self.ranges).equal()
        return self.said[asked]

    def _cpus(self, renaming: Renaming, cpus: tuple[int, ...]) -> list[int] | None:
        """Which CPU each one becomes; None if one becomes none, or two the same."""
        graphs = self.program.cpus
        everyone = range(len(graphs))
        if not all(any(self._alike(renaming, one, n) for n in everyone) for one in everyone):
            return None
        moved: dict[int, int] = {}
        for one in sorted(everyone, key=lambda cpu: len(graphs[cpu].nodes)):
            if one in moved:
                continue
            rest = [one, *(other for other in everyone if other not in {one, *moved})]
            for other in [cpus[one == cpus[0]]] if one in cpus else rest:
                if renaming.leads(graphs[one], graphs[other]):  # and so back again
                    moved[one], moved[other] = other, one
                    break
            else:
                return None
        return [moved[one] for one in everyone]

    def _alike(self, renaming: Renaming, one: int, other: int) -> bool:
        """Whether one CPU names as many objects as the other, renamed: a quick look."""
        if not self.named:
            for graph in self.program.cpus:
                names = (name for node in graph.nodes for name in _constants(node))
                self.named.append(Counter(names))
        ours, theirs = self.named[one], self.named[other]
        return all(
            ours[struct, obj] == theirs[struct, moved]
            for struct, row in renaming.objects.items()
            for obj, moved in enumerate(row)
        )


def _few(found: list[list[Member]]) -> tuple[tuple[Member, ...], ...]:
    """As many of the groups as have no more orders together than an engine may try."""
    orders, kept = 1, []
    for group in sorted(found, key=len, reverse=True):
        if orders * factorial(len(group)) <= MOST:
            orders *= factorial(len(group))
            kept.append(tuple(group))
    return tuple(kept)


def _parts(member: Member) -> frozenset[object]:
    return frozenset((*member.cpus, *member.objects))


def _left_and_right(pairs: list[Pair]) -> frozenset[object]:
    return frozenset((struct, obj) for struct, *both in pairs for obj in both)


def _differing(one: Graph, other: Graph) -> list[Pair] | None:
    """The constant objects in which two graphs differ; None if they differ in more than that."""
    if len(one.nodes) != len(other.nodes):
        return None
    found: list[Pair] = []
    for mine, theirs in zip(one.nodes, other.nodes, strict=True):
        left, right = [*_constants(mine)], [*_constants(theirs)]
        if [struct for struct, _ in left] != [struct for struct, _ in right]:
            return None
        found += [
            (struct, here, there)
            for (struct, here), (_, there) in zip(left, right, strict=True)
            if here != there
        ]
    return found


def _constants(node: Node) -> Iterator[tuple[str, int]]:
    """The constant objects that a node names, in order."""
    match node:
        case Load(place=Place(struct, _, Const(obj))):
            yield struct, obj
        case Store(place=Place(struct, _, Const(obj))):
            yield struct, obj
        case Free(struct=struct, obj=Const(obj)):
            yield struct, obj
        case Set(local=local, value=Const(obj)) if isinstance(local.kind, Pointer):
            yield local.kind.struct, obj
