# SPDX-License-Identifier: GPL-2.0-only
"""Joining private work to the step before it."""

from __future__ import annotations

from collections import Counter

from memcharge.ir.nodes import (
    ACCESSES,
    Bug,
    Const,
    Expr,
    Free,
    Graph,
    Load,
    Node,
    Pass,
    Set,
    Store,
    Table,
    Var,
    defines,
    successors,
)


def merge_private(graph: Graph) -> None:
    """Glue private nodes to what runs before them, but for one in every loop of them.

    A section keeps its beginning even if that is private, for what follows in
    it is glued to it, and the accesses there would join the step before.
    """
    for node in graph.nodes:
        if not isinstance(node, ACCESSES) and not node.in_section:
            node.glued = True
    entries = Counter(target for node in graph.nodes for target in successors(node))
    for node in graph.nodes:
        if node.in_section and not node.glued:
            _open_late(graph, node, entries)
    graph.nodes[graph.entry].glued = False
    for head in _private_loop_heads(graph):
        graph.nodes[head].glued = False
    _part_assertions(graph)


def _open_late(graph: Graph, head: Node, entries: Counter[int]) -> None:
    """Let a section begin with its first access, if it always comes to the same one, or none."""
    node = head
    while isinstance(node, Set | Pass):
        after = graph.nodes[node.next]
        if not (after.glued and after.in_section):
            head.glued = True  # nothing in it is shared
            return
        if entries[node.next] > 1:
            return
        node = after
    if node is not head and isinstance(node, ACCESSES):
        head.glued, node.glued = True, False


def _part_assertions(graph: Graph) -> None:
    """Let nothing end the run within a step that writes: others may see what was written.

    Behind a read it may, for what others could do then they could do before the read.
    """
    ends = {number for number, node in enumerate(graph.nodes) if isinstance(node, Bug)}
    ends |= unchecked_look_ups(graph)
    seen: set[int] = set()
    waiting = [n for n, node in enumerate(graph.nodes) if isinstance(node, Store | Free)]
    while waiting:
        for number in _glued_successors(graph, waiting.pop()):
            node = graph.nodes[number]
            if number in ends and not node.in_section:
                node.glued = False
            elif number not in seen:
                seen.add(number)
                waiting.append(number)


def _private_loop_heads(graph: Graph) -> set[int]:
    """Targets of back edges among glued nodes outside of sections, depth first."""
    heads: set[int] = set()
    done: set[int] = set()
    for start in range(len(graph.nodes)):
        if start in done:
            continue
        path: dict[int, bool] = {}
        stack = [(start, iter(_glued_successors(graph, start)))]
        path[start] = True
        while stack:
            number, rest = stack[-1]
            for target in rest:
                if target in path:
                    if not graph.nodes[target].in_section:
                        heads.add(target)
                elif target not in done:
                    path[target] = True
                    stack.append((target, iter(_glued_successors(graph, target))))
                    break
            else:
                stack.pop()
                del path[number]
                done.add(number)
    return heads


def _glued_successors(graph: Graph, number: int) -> list[int]:
    return [target for target in successors(graph.nodes[number]) if graph.nodes[target].glued]


def unchecked_look_ups(graph: Graph) -> set[int]:
    """Look-ups in constant tables through a pointer that nothing on the way has found not NULL."""
    known: dict[int, int] = {graph.entry: 0}
    waiting = [graph.entry]
    while waiting:
        number = waiting.pop()
        after = _proved(graph.nodes[number], known[number])
        for target in successors(graph.nodes[number]):
            now = after if target not in known else known[target] & after
            if now != known.get(target):
                known[target] = now
                waiting.append(target)
    return {
        number
        for number, bits in known.items()
        if (local := _followed(graph.nodes[number], look_ups_only=True)) is not None
        and not bits >> local & 1
    }


def _proved(node: Node, known: int) -> int:
    """The locals, as bits, that are not NULL behind a node."""
    local = _followed(node, look_ups_only=False)
    if local is not None:
        known |= 1 << local
    defined = defines(node)
    if defined is None:
        return known
    given = isinstance(node, Set) and _never_null(node.value, known)
    return known | 1 << defined.number if given else known & ~(1 << defined.number)


def _never_null(value: Expr, known: int) -> bool:
    match value:
        case Const(number):
            return number != 0
        case Var(local):
            return bool(known >> local.number & 1)
        case Table(values=values):
            return 0 not in values[1:]
    return False


def _followed(node: Node, *, look_ups_only: bool) -> int | None:
    """The local whose pointer a node follows, if there is one."""
    pointer: Expr | None = None
    if isinstance(node, Set) and isinstance(node.value, Table):
        pointer = node.value.index
    elif isinstance(node, Load | Store) and not look_ups_only:
        pointer = node.place.obj
    return pointer.local.number if isinstance(pointer, Var) else None
