# SPDX-License-Identifier: GPL-2.0-only
"""When a step is possible, as one expression over the state before it.

A `d_step` may wait at its first statement only, but in a step a wait may come
behind loads, tests and stores.  So the step is walked with expressions in
place of values: a load gives the expression of what would be read there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from memcharge.ir.layout import FREED, Key
from memcharge.ir.nodes import (
    Bug,
    Choose,
    Const,
    Expr,
    Free,
    Load,
    Local,
    Node,
    Place,
    Set,
    Store,
    Table,
    Test,
    Wait,
    successors,
)
from memcharge.ir.promela.words import (
    ExportError,
    Fields,
    Places,
    ends_before,
    negated,
    nodes_of_step,
    spell,
)

LONGEST = 20_000
YES, NO = "1", "0"


@dataclass(frozen=True, slots=True)
class Path:
    """A way into a step: what locals are, what was stored, which choices were met."""

    values: Mapping[int, str]
    stored: tuple[tuple[Key, str, str, str], ...] = ()
    met: frozenset[int] = frozenset()
    nodes: frozenset[int] = frozenset()


class Guard:
    """Says when the step from a node is possible, if the environment chooses as told.

    A choice that is not met on the way has to be the first one, so that each
    way through the step is possible under one set of choices.
    """

    def __init__(self, fields: Fields, places: Places, start: int, chosen: dict[int, int]) -> None:
        self.fields, self.places, self.start, self.chosen = fields, places, start, chosen
        self.nodes = places.graph.nodes
        self.asked = {number for number, choice in chosen.items() if choice}
        self.deciding = self._deciding()

    def text(self) -> str:
        """The condition; `1` if the step is always possible."""
        alive = self.places.alive(self.start)
        return self._from(self.start, Path({n: self.places.variables[n] for n in alive}))

    def _deciding(self) -> set[int]:
        """The nodes of the step that a wait, or a choice behind its start, may follow."""
        inside = nodes_of_step(self.places.graph, self.start)
        found = {
            number
            for number in inside
            if isinstance(self.nodes[number], Wait)
            or (isinstance(self.nodes[number], Choose) and number != self.start)
        }
        while True:
            more = {n for n in inside if not found.isdisjoint(self._after(n))} - found
            if not more:
                return found
            found |= more

    def _after(self, number: int) -> list[int]:
        targets = successors(self.nodes[number])
        return [target for target in targets if not ends_before(self.nodes[target])]

    # -- walking ----------------------------------------------------------------------

    def _from(self, number: int, path: Path) -> str:
        node = self.nodes[number]
        if number not in self.deciding or (ends_before(node) and path.nodes):
            met = path.met | ({number} if isinstance(node, Choose) else set())
            return YES if self.asked <= met else NO
        if number in path.nodes:
            site = node.site
            raise ExportError(
                f"{site.frame.function}:{site.line}: whether a step is possible depends on a loop "
                "within it, and Promela has no expression for that"
            )
        text = self._node(number, node, replace(path, nodes=path.nodes | {number}))
        if len(text) > LONGEST:
            raise ExportError(
                f"{node.site.frame.function}:{node.site.line}: the condition of the step is longer "
                f"than {LONGEST} characters"
            )
        return text

    def _node(self, number: int, node: Node, path: Path) -> str:
        over = YES if self.asked <= path.met else NO
        match node:
            case Set(local=local, value=Table(index=index) as value):
                rest = self._from(node.next, self._set(path, local, self._spell(value, path)))
                return either(self._spell(index, path), rest, over)
            case Set(local=local, value=value):
                return self._from(node.next, self._set(path, local, self._spell(value, path)))
            case Load(local=local, place=place):
                read = self._read(place.key, *self._where(place, path), path)
                after = self._set(path, local, read)
                return self._behind_checks(place, path, self._from(node.next, after), over)
            case Store(place=place, value=value):
                after = self._stored(place, self._spell(value, path), path)
                return self._behind_checks(place, path, self._from(node.next, after), over)
            case Free(struct=struct, obj=expr):
                place = Place(struct, FREED, expr)
                after = self._stored(place, YES, path)
                return self._behind_checks(place, path, self._from(node.next, after), over)
            case Test(condition=condition, other=other):
                holds = self._from(node.next, path)
                return either(self._spell(condition, path), holds, self._from(other, path))
            case Wait(condition=condition):
                return either(self._spell(condition, path), self._from(node.next, path), NO)
            case Bug(condition=condition):
                rest = over if condition == Const(1) else self._from(node.next, path)
                return either(self._spell(condition, path), over, rest)
            case Choose(local=local):
                after = self._set(path, local, str(self.chosen[number]))
                return self._from(node.next, replace(after, met=path.met | {number}))
        return self._from(node.next, path)

    def _spell(self, expr: Expr, path: Path) -> str:
        return spell(expr, lambda local: path.values.get(local.number, NO))

    def _set(self, path: Path, local: Local, text: str) -> Path:
        return replace(path, values={**path.values, local.number: text})

    # -- places -----------------------------------------------------------------------

    def _where(self, place: Place, path: Path) -> tuple[str, str]:
        index = Const(0) if place.index is None else place.index
        return self._spell(place.obj, path), self._spell(index, path)

    def _stored(self, place: Place, value: str, path: Path) -> Path:
        return replace(path, stored=(*path.stored, (place.key, *self._where(place, path), value)))

    def _read(self, key: Key, obj: str, index: str, path: Path) -> str:
        """What is read there, behind the stores on the way."""
        if key not in self.fields.names:
            return NO
        text = self.fields.value(key, obj, index)
        for stored, other, element, value in path.stored:
            if stored == key:
                same = both(equal(obj, other), equal(index, element))
                text = picked(same, value, text)
        return text

    def _behind_checks(self, place: Place, path: Path, rest: str, over: str) -> str:
        """A step that ends in a finding is possible."""
        obj, _ = self._where(place, path)
        if place.obj == Const(0) or not self.fields.objects(place.key):
            return over
        if place.struct in self.fields.layout.freeable:
            freed = self._read((place.struct, FREED), obj, "0", path)
            rest = either(freed, over, rest)
        return rest if isinstance(place.obj, Const) else either(obj, rest, over)


def equal(one: str, other: str) -> str:
    """Whether two expressions are equal, decided at once where that is possible."""
    if one == other:
        return YES
    if one.isdigit() and other.isdigit():
        return NO
    return f"({one} == {other})"


def both(one: str, other: str) -> str:
    return either(one, other, NO)


def picked(condition: str, yes: str, no: str) -> str:
    """The value `yes` where the condition holds, `no` where not."""
    if condition in (YES, NO):
        return yes if condition == YES else no
    return f"({condition} -> {yes} : {no})"


def either(condition: str, yes: str, no: str) -> str:
    """The same for conditions, of which only the truth counts."""
    if yes == no or condition == YES:
        return yes
    if condition == NO:
        return no
    match yes, no:
        case "1", "0":
            return f"({condition} != 0)" if condition[0] != "(" else condition
        case "0", "1":
            return negated(condition)
        case "0", _:
            return f"({negated(condition)} && {no})"
        case "1", _:
            return f"({condition} || {no})"
        case _, "0":
            return f"({condition} && {yes})"
        case _, "1":
            return f"({negated(condition)} || {yes})"
    return f"({condition} -> {yes} : {no})"
