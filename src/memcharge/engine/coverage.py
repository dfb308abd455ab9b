# SPDX-License-Identifier: GPL-2.0-only
"""Which lines some schedule reached."""

from __future__ import annotations

from memcharge.engine.stepper import Stepper
from memcharge.ir.nodes import Bug, Choose, End, Frame, Graph, Test, Wait


def covered_lines(stepper: Stepper) -> dict[str, tuple[int, ...]]:
    """For each function the lines of it that were reached, on any CPU."""
    lines: dict[str, set[int]] = {}
    for graph, marks in zip(stepper.program.cpus, stepper.reached, strict=True):
        for number in _covered_nodes(graph, marks):
            site = graph.nodes[number].site
            frame: Frame | None = site.frame
            line = site.line
            while frame is not None:  # a call is reached where what it calls is
                lines.setdefault(frame.function, set()).add(line)
                line, frame = frame.line, frame.parent
    return {function: tuple(sorted(found)) for function, found in sorted(lines.items())}


def _covered_nodes(graph: Graph, marks: bytearray) -> set[int]:
    """All nodes that ran: from each marked one straight on to where the next mark is due."""
    covered: set[int] = set()
    for start, mark in enumerate(marks):
        number = start
        while mark and number not in covered:
            covered.add(number)
            node = graph.nodes[number]
            if (
                isinstance(node, Test | Choose | Wait | Bug | End)
                or not graph.nodes[node.next].glued
            ):
                break
            number = node.next
    return covered
