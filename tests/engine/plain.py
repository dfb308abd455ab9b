# SPDX-License-Identifier: GPL-2.0-only
"""Actors run as plain Python, one after another, and the same as compiled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

from memcharge.engine.slots import ENDINGS, FINDING
from memcharge.engine.stepper import Stepper
from memcharge.engine.witness import successors
from memcharge.kernel.bug import KernelBug
from memcharge.kernel.flow import WouldBlock
from memcharge.kernel.struct import Machine
from memcharge.lang.layout import shape_of
from tests.support.explored import values

Run = tuple[str, dict[str, int]]
Acting = tuple[Callable[..., None], Sequence[Any], Any]


def in_plain_python(machine: Machine, actors: Sequence[Acting]) -> Run:
    """Run (function, arguments, task) after each other; how it ended, and every field's value.

    It stops where one would have to wait, or at a finding.
    """
    how = "done"
    for function, arguments, task in actors:
        with ExitStack() as stack:
            stack.enter_context(machine.running(task) if task is not None else machine)
            try:
                function(*arguments)
            except KernelBug as bug:
                how = bug.kind
            except WouldBlock:
                how = "waits"
            except AttributeError as error:
                assert "NoneType" in str(error)  # noqa: PT017 - what C calls a NULL pointer
                how = "null_dereference"
        if how != "done":
            break
    return how, fields(machine)


def fields(machine: Machine) -> dict[str, int]:
    """Every field of every object by the names that traces use."""
    layout = shape_of(machine).layout
    return {
        layout.place_name(key, obj, index if layout.fields[key].length else None): value
        for key, objects in layout.start.items()
        for obj, elements in enumerate(objects, 1)
        for index, value in enumerate(elements)
    }


def as_compiled(stepper: Stepper) -> Run | None:
    """CPU 0 to its end, then CPU 1 and so on, with the first of all choices; None if endless."""
    state, how = stepper.start, "done"
    for cpu in range(len(stepper.tables)):
        seen = set()
        while how == "done" and stepper.label(state, cpu):
            if state in seen:
                return None
            seen.add(state)
            after = successors(stepper, state, cpu)
            state = after[0] if after else state
            how = ENDINGS[state[FINDING]] or ("done" if after else "waits")
    known = values(stepper, state)
    return how, {name: value for name, value in known.items() if not name.endswith("(freed)")}
