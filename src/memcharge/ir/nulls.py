# SPDX-License-Identifier: GPL-2.0-only
"""At which nodes a run may end: a failed assertion, NULL followed, a freed object touched."""

from __future__ import annotations

from collections.abc import Iterable

from memcharge.ir.flow import Change, Flow
from memcharge.ir.nodes import (
    Bug,
    Choose,
    Const,
    Expr,
    Free,
    Load,
    Node,
    Op,
    Set,
    Store,
    Table,
    Test,
    Var,
)


def followed(node: Node) -> Expr | None:
    """The pointer that a node follows, if it follows one."""
    match node:
        case Set(value=Table(index=index)):
            return index
        case Load(place=place) | Store(place=place):
            return place.obj
        case Free(obj=obj):
            return obj
    return None


def may_end(flow: Flow, freeable: set[str]) -> set[int]:
    """The nodes at which a run may end with a finding."""
    nodes = flow.graph.nodes
    found = set(flow.numbers(Free))
    for number in flow.numbers(Bug):
        node = nodes[number]
        if isinstance(node, Bug) and node.condition != Const(0):
            found.add(number)
    asked: dict[int, int] = {}
    for number in flow.numbers(Set, Load, Store):
        node = nodes[number]
        pointer = followed(node)
        if pointer is None:
            continue
        if isinstance(node, Load | Store) and node.place.struct in freeable:
            found.add(number)
        if isinstance(pointer, Var):
            asked[number] = pointer.local.number
        elif not _never_null(pointer):
            found.add(number)
    bits = _tracked(flow, asked.values())
    known = flow.must(0, _changes(flow, asked, bits))
    for number, local in asked.items():
        if not (known[number] or 0) & bits[local]:
            found.add(number)
    return found


def _tracked(flow: Flow, asked: Iterable[int]) -> dict[int, int]:
    """A bit for each of these locals, and for those that are copied to one that has a bit."""
    nodes = flow.graph.nodes
    sources: dict[int, list[int]] = {}
    for number in flow.numbers(Set):
        node = nodes[number]
        if isinstance(node, Set) and isinstance(node.value, Var):
            sources.setdefault(node.local.number, []).append(node.value.local.number)
    bits: dict[int, int] = {}
    waiting = [*asked]
    while waiting:
        local = waiting.pop()
        if local not in bits:
            bits[local] = 1 << len(bits)
            waiting += sources.get(local, ())
    return bits


def _changes(flow: Flow, asked: dict[int, int], bits: dict[int, int]) -> dict[int, Change]:
    """What each node says of these locals: bit set, it is not NULL."""
    changes: dict[int, Change] = {}
    nodes = flow.graph.nodes
    for number in flow.numbers(Set, Load, Choose):
        node = nodes[number]
        assert isinstance(node, Set | Load | Choose)
        proved = bits[asked[number]] if number in asked else 0
        bit = bits.get(node.local.number, 0)
        value = node.value if isinstance(node, Set) else None
        if isinstance(value, Var) and bit:
            changes[number] = _copied(bits[value.local.number], bit)
        elif value is not None and _never_null(value):
            if proved | bit:
                changes[number] = (-1, proved | bit)
        elif proved | bit:
            changes[number] = (~bit, proved & ~bit)
    for number in flow.numbers(Store, Free):
        pointer = followed(nodes[number])
        if isinstance(pointer, Var) and pointer.local.number in bits:
            changes[number] = (-1, bits[pointer.local.number])
    for number in flow.numbers(Test):
        node = nodes[number]
        assert isinstance(node, Test)
        change = _tested(node, bits)
        if change is not None:
            changes[number] = change
    return changes


def _copied(source: int, bit: int) -> Change:
    return lambda facts, _: facts | bit if facts & source else facts & ~bit


def _never_null(value: Expr) -> bool:
    match value:
        case Const(number):
            return number != 0
        case Table(values=values):
            return 0 not in values[1:]
    return False


def _tested(node: Test, bits: dict[int, int]) -> Change | None:
    """The local that a test has found not NULL on one of its ways."""
    if node.next == node.other:
        return None
    where, condition = node.next, node.condition
    match condition:
        case Op(op="not", args=(one,)):
            where, condition = node.other, one
        case Op(op="==", args=(one, Const(0)) | (Const(0), one)):
            where, condition = node.other, one
        case Op(op="!=", args=(one, Const(0)) | (Const(0), one)):
            condition = one
        case Op(op="==", args=(one, Const()) | (Const(), one)):
            condition = one
    if not isinstance(condition, Var) or condition.local.number not in bits:
        return None
    bit = bits[condition.local.number]
    return lambda facts, target: facts | bit if target == where else facts
