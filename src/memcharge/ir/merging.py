# SPDX-License-Identifier: GPL-2.0-only
"""Joining private work to the step before it."""

from __future__ import annotations

from collections import Counter

from memcharge.ir.nodes import (
    ACCESSES,
    Bug,
    Choose,
    Const,
    Free,
    Graph,
    Load,
    Node,
    Pass,
    Set,
    Store,
    Table,
    Var,
    successors,
)

Edges = list[tuple[int, ...]]  # from each node to those that may follow it


def merge_private(graph: Graph) -> None:
    """Glue private nodes to what runs before them, but for one in every loop of them.

    A section keeps its beginning even if that is private, for what follows in
    it is glued to it, and the accesses there would join the step before.
    """
    for node in graph.nodes:
        if not isinstance(node, ACCESSES) and not node.in_section:
            node.glued = True
    after = [successors(node) for node in graph.nodes]
    entries = Counter([target for targets in after for target in targets])
    for node in graph.nodes:
        if node.in_section and not node.glued:
            _open_late(graph, node, entries)
    graph.nodes[graph.entry].glued = False
    for head in _private_loop_heads(graph, after):
        graph.nodes[head].glued = False
    _part_assertions(graph, after)


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


def _part_assertions(graph: Graph, after: Edges) -> None:
    """Let nothing end the run within a step that writes: others may see what was written.

    Behind a read it may, for what others could do then they could do before the read.
    """
    ends = {number for number, node in enumerate(graph.nodes) if isinstance(node, Bug)}
    ends |= unchecked_look_ups(graph, after)
    seen: set[int] = set()
    waiting = [n for n, node in enumerate(graph.nodes) if isinstance(node, Store | Free)]
    while waiting:
        for number in after[waiting.pop()]:
            node = graph.nodes[number]
            if not node.glued:
                continue
            if number in ends and not node.in_section:
                node.glued = False
            elif number not in seen:
                seen.add(number)
                waiting.append(number)


def _private_loop_heads(graph: Graph, edges: Edges) -> set[int]:
    """Targets of back edges among glued nodes outside of sections, depth first."""
    heads: set[int] = set()
    glued = [node.glued for node in graph.nodes]
    after = [[one for one in targets if glued[one]] for targets in edges]
    done, on_path = bytearray(len(after)), bytearray(len(after))
    for start in range(len(after)):
        if done[start]:
            continue
        stack = [(start, iter(after[start]))]
        on_path[start] = 1
        while stack:
            number, rest = stack[-1]
            for target in rest:
                if on_path[target]:
                    if not graph.nodes[target].in_section:
                        heads.add(target)
                elif not done[target]:
                    on_path[target] = 1
                    stack.append((target, iter(after[target])))
                    break
            else:
                stack.pop()
                on_path[number] = 0
                done[number] = 1
    return heads


def unchecked_look_ups(graph: Graph, after: Edges) -> set[int]:
    """Look-ups in constant tables through a pointer that nothing on the way has found not NULL."""
    nodes = graph.nodes
    looked_up = {
        number: node.value.index.local.number
        for number, node in enumerate(nodes)
        if isinstance(node, Set)
        and isinstance(node.value, Table)
        and isinstance(node.value.index, Var)
    }
    if not looked_up:
        return set()
    known = [-1] * len(nodes)  # the locals, as bits, that are not NULL: all where no run comes
    known[graph.entry] = 0
    again = True
    while again:
        again = False
        for number, node in enumerate(nodes):
            if known[number] == -1:
                continue
            proved = _proved(node, known[number])
            for target in after[number]:
                now = known[target] & proved
                if now != known[target]:
                    known[target] = now
                    again = again or target <= number
    return {
        number
        for number, local in looked_up.items()
        if known[number] != -1 and not known[number] >> local & 1
    }


def _proved(node: Node, known: int) -> int:
    """The locals, as bits, that are not NULL behind a node."""
    if isinstance(node, Set):
        value = node.value
        given = False
        if isinstance(value, Const):
            given = value.value != 0
        elif isinstance(value, Var):
            given = bool(known >> value.local.number & 1)
        elif isinstance(value, Table):
            given = 0 not in value.values[1:]
            if isinstance(value.index, Var):
                known |= 1 << value.index.local.number
        local = 1 << node.local.number
        return known | local if given else known & ~local
    if isinstance(node, Load | Store) and isinstance(node.place.obj, Var):
        known |= 1 << node.place.obj.local.number
    if isinstance(node, Load | Choose):
        known &= ~(1 << node.local.number)
    return known
