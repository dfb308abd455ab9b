# SPDX-License-Identifier: GPL-2.0-only
"""Which lines some schedule reached, and which ways it went at them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from memcharge.engine.stepper import Stepper
from memcharge.ir.nodes import Bug, Choose, End, Frame, Graph, Program, Test, Wait

PACKAGE = Path(__file__).parent.parent
Place = tuple[str, str, int]  # a function, its file, a line of it
VOCABULARY = (PACKAGE / "kernel", PACKAGE / "scenarios")


@dataclass(frozen=True, slots=True)
class Coverage:
    """What some schedule reached of the protocol's text, on any CPU.

    `lines` are the lines reached, by function.  `seen` says of statements and
    of branches how many were reached, and of how many that the actors can
    call; a branch is one outcome of a condition, wherever it is called from.
    What the vocabulary below the protocol does counts in neither of the two.
    """

    lines: dict[str, tuple[int, ...]] = field(default_factory=dict)
    seen: dict[str, tuple[int, ...]] = field(default_factory=dict)


def coverage(stepper: Stepper) -> Coverage:
    """What the steps made so far have reached."""
    reached: set[Place] = set()
    ran: set[Place] = set()
    there: set[Place] = set()
    taken: set[object] = set()
    arms: set[object] = set()
    for graph, marks in zip(stepper.program.cpus, stepper.reached, strict=True):
        covered = _covered_nodes(graph, marks)
        real = {number for number, node in enumerate(graph.nodes) if not isinstance(node, End)}
        reached |= _lines(graph, covered)
        ran |= _lines(graph, covered & real)
        there |= _lines(graph, real)
        some, whole = _branches(graph, marks)
        taken |= some
        arms |= whole
    lines: dict[str, set[int]] = {}
    for function, _, line in reached:
        lines.setdefault(function, set()).add(line)
    return Coverage(
        {function: tuple(sorted(found)) for function, found in sorted(lines.items())},
        {
            "statements": (len(_of_protocol(ran)), len(_of_protocol(there))),
            "branches": (len(taken), len(arms)),
        },
    )


def lines_of(program: Program) -> set[tuple[str, int]]:
    """The lines (function, line) that the actors of a program can come to."""
    return {
        (function, line)
        for graph in program.cpus
        for function, _, line in _lines(graph, range(len(graph.nodes)))
    }


def _branches(graph: Graph, marks: bytearray) -> tuple[set[object], set[object]]:
    """The outcomes of the protocol's conditions: those that came up, and all."""
    count = len(graph.nodes)
    taken: set[object] = set()
    whole: set[object] = set()
    for number, node in enumerate(graph.nodes):
        frame = node.site.frame
        if isinstance(node, Test) and not _is_vocabulary(frame.file):
            for outcome in (0, 1):
                arm = (frame.function, node.site.line, node.site.text, outcome)
                whole.add(arm)
                if marks[count + 2 * number + outcome]:
                    taken.add(arm)
    return taken, whole


def _of_protocol(places: set[Place]) -> set[tuple[str, int]]:
    return {(function, line) for function, file, line in places if not _is_vocabulary(file)}


@cache
def _is_vocabulary(file: str) -> bool:
    return Path(file).parent in VOCABULARY


def _lines(graph: Graph, nodes: Iterable[int]) -> set[Place]:
    """The lines of some nodes, and of the calls that lead to them."""
    found: set[Place] = set()
    done: set[tuple[int, int]] = set()
    for number in nodes:
        site = graph.nodes[number].site
        frame: Frame | None = site.frame
        line = site.line
        while frame is not None:  # a call is reached where what it calls is
            here = (frame.number, line)
            if here in done:
                break
            done.add(here)
            found.add((frame.function, frame.file, line))
            line, frame = frame.line, frame.parent
    return found


def _covered_nodes(graph: Graph, marks: bytearray) -> set[int]:
    """All nodes that ran: from each marked one straight on to where the next mark is due."""
    covered: set[int] = set()
    for start in _starts(graph, marks):
        number = start
        while number not in covered:
            covered.add(number)
            node = graph.nodes[number]
            if (
                isinstance(node, Test | Choose | Wait | Bug | End)
                or not graph.nodes[node.next].glued
            ):
                break
            number = node.next
    return covered


def _starts(graph: Graph, marks: bytearray) -> Iterable[int]:
    """The marked nodes, and those to which a marked outcome of a test leads."""
    count = len(graph.nodes)
    for number, node in enumerate(graph.nodes):
        if marks[number]:
            yield number
        if isinstance(node, Test):
            if marks[count + 2 * number]:
                yield node.other
            if marks[count + 2 * number + 1]:
                yield node.next
