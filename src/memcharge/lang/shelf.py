# SPDX-License-Identifier: GPL-2.0-only
"""Graphs kept for further programs: what is compiled from the same text for the same objects.

A scenario differs from the next by values of fields, which are not compiled
in, and an edition from its base by a few functions.  So most graphs of a
program have been compiled before.  Their nodes are shared: who changes a node
replaces it by another one.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from types import FunctionType

from memcharge.ir.layout import Layout
from memcharge.ir.nodes import Graph
from memcharge.lang.layout import Shape

MOST_NODES = 1_200_000  # kept for further programs; the catalogue of one edition is that large


@dataclass(frozen=True, slots=True)
class Kept:
    """A graph, the structs of which it frees objects, and what its key names by identity."""

    graph: Graph
    freed: frozenset[str]
    held: tuple[object, ...]


Shelf = dict[Hashable, Kept]
_SHELVES: dict[Hashable, Shelf] = {}  # the last is the one last asked for


def shelf_for(shape: Shape) -> Shelf:
    """The graphs of machines of that shape; shelves not asked for the longest make room."""
    shelf = _SHELVES.pop(shape.fingerprint, {})
    total = sum(_size(one) for one in (shelf, *_SHELVES.values()))
    while total > MOST_NODES and _SHELVES:
        total -= _size(_SHELVES.pop(next(iter(_SHELVES))))
    _SHELVES[shape.fingerprint] = shelf
    return shelf


def _size(shelf: Shelf) -> int:
    return sum(len(kept.graph.nodes) for kept in shelf.values())


def kept_or_compiled(
    shelf: Shelf,
    function: FunctionType,
    layout: Layout,
    asked: Hashable,
    compiled: Callable[[], Graph],
) -> Graph:
    """The graph of a function, compiled unless it is on the shelf of the layout's shape.

    `asked` is all that it depends on beside the text and the shape.
    """
    text, held = _text_of(function)
    key = (text, asked)
    kept = shelf.get(key)
    if kept is None:
        before = {*layout.freeable}
        layout.freeable.clear()
        kept = Kept(compiled(), frozenset(layout.freeable), held)
        layout.freeable |= before
        shelf[key] = kept
    layout.freeable |= kept.freed
    graph = kept.graph
    return replace(graph, nodes=[*graph.nodes], locals=[*graph.locals])


def _text_of(function: FunctionType) -> tuple[Hashable, tuple[object, ...]]:
    """What a graph depends on of the text: the function, what it calls, what all that names.

    Most of it by identity, so the objects are to be held as long as that counts.
    """
    waiting, seen = [function], {id(function)}
    parts: list[Hashable] = []
    held: list[object] = []
    while waiting:
        one = waiting.pop()
        code, names = one.__code__, one.__globals__
        parts.append(id(code))
        held.append(code)
        for name in code.co_names:
            found = names.get(name)
            if type(found) is FunctionType:
                if id(found) not in seen:
                    seen.add(id(found))
                    waiting.append(found)
                parts.append(id(found.__code__))
            elif type(found) is int or type(found) is bool or found is None:
                parts.append((found,))
            else:
                parts.append(id(found))
                held.append(found)
    return tuple(parts), tuple(held)
