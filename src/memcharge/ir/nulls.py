# SPDX-License-Identifier: GPL-2.0-only
"""At which nodes a run may end: a failed assertion, NULL followed, a freed object touched."""

from __future__ import annotations

from memcharge.ir.flow import Change, must
from memcharge.ir.nodes import (
    Bug,
    Const,
    Expr,
    Free,
    Graph,
    Load,
    Node,
    Op,
    Set,
    Store,
    Table,
    Test,
    Var,
    defines,
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


def may_end(graph: Graph, targets: list[tuple[int, ...]], freeable: set[str]) -> set[int]:
    """The nodes at which a run may end with a finding."""
    known = not_null(graph, targets)
    found = set()
    for number, node in enumerate(graph.nodes):
        if isinstance(node, Bug):
            if node.condition != Const(0):
                found.add(number)
            continue
        pointer = followed(node)
        if pointer is None:
            continue
        touches = isinstance(node, Load | Store) and node.place.struct in freeable
        if touches or isinstance(node, Free) or not _never_null(pointer, known[number] or 0):
            found.add(number)
    return found


def not_null(graph: Graph, targets: list[tuple[int, ...]]) -> list[int | None]:
    """For each node the locals, as bits, that hold no NULL however it is reached."""
    changes = {
        number: change
        for number, node in enumerate(graph.nodes)
        if (change := _change(node)) is not None
    }
    return must(targets, graph.entry, 0, changes)


def _change(node: Node) -> Change | None:
    """What a node adds and takes away."""
    if isinstance(node, Test):
        return _tested(node)
    pointer = followed(node)
    proved = 1 << pointer.local.number if isinstance(pointer, Var) else 0
    defined = defines(node)
    if defined is None:
        return (lambda facts, _: facts | proved) if proved else None
    bit = 1 << defined.number
    if isinstance(node, Set):
        value = node.value
        if isinstance(value, Var):
            source = value.local.number
            return lambda facts, _: facts | bit if facts >> source & 1 else facts & ~bit
        if _never_null(value, 0):
            return lambda facts, _: facts | proved | bit
    return lambda facts, _: (facts | proved) & ~bit


def _never_null(value: Expr, known: int) -> bool:
    match value:
        case Const(number):
            return number != 0
        case Var(local):
            return bool(known >> local.number & 1)
        case Table(values=values):
            return 0 not in values[1:]
    return False


def _tested(node: Test) -> Change | None:
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
    if not isinstance(condition, Var):
        return None
    bit = 1 << condition.local.number
    return lambda facts, target: facts | bit if target == where else facts
