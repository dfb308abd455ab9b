# SPDX-License-Identifier: GPL-2.0-only
"""A program's fingerprint: the same text, start state and reductions give the same one."""

from __future__ import annotations

from hashlib import sha256

from memcharge.ir.nodes import Load, Node, Place, Program, Store
from memcharge.ir.printer import print_program


def digest(program: Program) -> str:
    """64 hex digits over the layout, its start values, every node and the reductions."""
    layout = program.layout
    parts = [
        print_program(program),
        repr(sorted(layout.pools.items())),
        repr([(key, layout.fields[key]) for key in sorted(layout.fields)]),
        repr(sorted(layout.start.items())),
        repr(sorted(layout.freeable)),
        repr(sorted(layout.constant)),
        repr(sorted(program.reductions)),
    ]
    return sha256("\n".join(parts).encode()).hexdigest()


def essence(program: Program) -> str:
    """64 hex digits over what can run and the start values it can meet.

    Two programs of one essence have the same state graph, though fields that
    nobody looks at may differ.
    """
    graphs = [*program.cpus, *(one.graph for one in program.properties)]
    used = {place.key for graph in graphs for node in graph.nodes if (place := _place(node))}
    parts = [print_program(program)]
    parts += [repr((key, program.layout.start[key])) for key in sorted(used)]
    return sha256("\n".join(parts).encode()).hexdigest()


def _place(node: Node) -> Place | None:
    return node.place if isinstance(node, Load | Store) else None
