# SPDX-License-Identifier: GPL-2.0-only
"""The reductions: each sound, each switchable by name.

constants  fields that keep their start value whatever the schedule leave the
           state, and reading or writing one is no longer a shared access
private    work on locals alone is joined to the step before it
slice      fields that nothing depends on leave the state; see memcharge.ir.slicing
sections   what no other CPU can tell from one step is one: lock sections among others
dead       a local is zero wherever nothing reads it any more
symmetry   of states that differ in which CPU or object is which, one is explored
ample      where one CPU's step changes nothing for the others, only that one is taken
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from memcharge.ir.ample import find_alone
from memcharge.ir.constants import find_invariants, placed
from memcharge.ir.layout import Key, Layout
from memcharge.ir.merging import merge_private
from memcharge.ir.nodes import (
    Const,
    Graph,
    Load,
    Program,
    Set,
    Table,
)
from memcharge.ir.sections import merge_sections
from memcharge.ir.slicing import slice_fields
from memcharge.ir.symmetry import find_symmetry

REDUCTIONS = ("constants", "slice", "private", "sections", "dead", "symmetry", "ample")
DEFAULT = ("constants", "private", "dead", "symmetry")


def reduce(program: Program, reductions: Iterable[str]) -> Program:
    """Apply the named reductions; what nodes are in the program is replaced, not changed."""
    chosen = frozenset(reductions)
    fold_links(program)
    if "constants" in chosen:
        fold_constants(program)
    else:
        for graph in program.cpus:  # what the compiler gives may belong to others too
            graph.nodes = [replace(node) for node in graph.nodes]
    if "slice" in chosen:
        slice_fields(program)
    if "private" in chosen:
        for graph in program.cpus:
            merge_private(graph)
    if "sections" in chosen:
        merge_sections(program)
    if "symmetry" in chosen:
        program.symmetry = find_symmetry(program)
    if "ample" in chosen:
        program.alone = find_alone(program)
    program.reductions = chosen
    return program


def fold_links(program: Program) -> None:
    """Following a link that never changes is address arithmetic, under any reduction."""
    layout = program.layout
    if layout.links - layout.constant:
        fold_loads(layout, _graphs(program), layout.links)
    layout.constant |= layout.links


def fold_constants(program: Program) -> None:
    """Take fields that never change out of the state, and what no run reaches out of the code."""
    keys = find_invariants(program)
    fold_loads(program.layout, _graphs(program), keys)
    program.layout.constant |= keys


def _graphs(program: Program) -> list[Graph]:
    return [*program.cpus, *(one.graph for one in program.properties)]


def fold_loads(layout: Layout, graphs: Iterable[Graph], keys: set[Key]) -> None:
    """Read these fields from their start values, wherever that can be said."""
    for graph in graphs:
        for number, node in enumerate(graph.nodes):
            if isinstance(node, Load) and node.place.key in keys:
                graph.nodes[number] = _look_up(layout, node)


def _look_up(layout: Layout, node: Load) -> Load | Set:
    place = node.place
    if place.index is not None and not isinstance(place.index, Const):
        return node
    element = place.index.value if isinstance(place.index, Const) else 0
    column = [0, *(values[element] for values in layout.start[place.key])]
    if isinstance(place.obj, Const) and place.obj.value:
        value: Const | Table = Const(column[place.obj.value])
    elif len(column) > 1 and not isinstance(place.obj, Const):
        value = Table(tuple(column), place.obj)
    else:
        return node
    return placed(Set(node.site, node.local, value), node)
