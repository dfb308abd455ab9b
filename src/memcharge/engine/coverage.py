# SPDX-License-Identifier: GPL-2.0-only
"""Which lines some schedule reached, and which ways it went at them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from memcharge.engine.stepper import Stepper
from memcharge.ir.nodes import Bug, Choose, End, Frame, Graph, Test, Wait

PACKAGE = Path(__file__).parent.parent
VOCABULARY = (PACKAGE / "kernel", PACKAGE / "scenarios")


def covered_lines(stepper: Stepper) -> dict[str, tuple[int, ...]]:
    """For each function the lines of it that were reached, on any CPU."""
    lines: dict[str, set[int]] = {}
    for graph, marks in zip(stepper.program.cpus, stepper.reached, strict=True):
        for frame, line in _lines(graph, _covered_nodes(graph, marks)):
            lines.setdefault(frame.function, set()).add(line)
    return {function: tuple(sorted(found)) for function, found in sorted(lines.items())}


def share_seen(stepper: Stepper) -> dict[str, tuple[int, ...]]:
    """How many statements and branches of the protocol some schedule reached, and of how many.

    Those of the protocol's text that the actors can call, not of the
    vocabulary below it; a branch is one outcome of a condition, wherever it is
    called from.
    """
    statements: tuple[set[object], set[object]] = (set(), set())
    branches: tuple[set[object], set[object]] = (set(), set())
    for graph, marks in zip(stepper.program.cpus, stepper.reached, strict=True):
        count = len(graph.nodes)
        covered = _covered_nodes(graph, marks)
        for found, nodes in zip(statements, (covered, range(count)), strict=True):
            lines = _lines(graph, (n for n in nodes if not isinstance(graph.nodes[n], End)))
            found |= {(frame.function, line) for frame, line in lines if _of_protocol(frame.file)}
        for number, node in enumerate(graph.nodes):
            frame = node.site.frame
            if isinstance(node, Test) and _of_protocol(frame.file):
                arms = [(frame.function, node.site.line, node.site.text, n) for n in (0, 1)]
                branches[1].update(arms)
                taken = marks[count + 2 * number : count + 2 * number + 2]
                branches[0].update(arm for arm, mark in zip(arms, taken, strict=True) if mark)
    return {
        name: (len(seen), len(whole))
        for name, (seen, whole) in (("statements", statements), ("branches", branches))
    }


@cache
def _of_protocol(file: str) -> bool:
    return Path(file).parent not in VOCABULARY


def _lines(graph: Graph, nodes: Iterable[int]) -> Iterable[tuple[Frame, int]]:
    """The lines of some nodes, and of the calls that lead to them."""
    for number in nodes:
        site = graph.nodes[number].site
        frame: Frame | None = site.frame
        line = site.line
        while frame is not None:  # a call is reached where what it calls is
            yield frame, line
            line, frame = frame.line, frame.parent


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
