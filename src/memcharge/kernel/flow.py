# SPDX-License-Identifier: GPL-2.0-only
"""Indivisible sections, waiting, choices and failed assertions.

These are the only primitives.  Everything else in this folder is written in
the same restricted Python as an edition, out of these.  Under plain Python,
with one CPU, waiting for something false can never end and says so.
"""

from __future__ import annotations

from memcharge.kernel.struct import Machine, Struct


class KernelBug(Exception):
    """The kernel would stop here: a BUG_ON, or an access to a freed object.

    `kind` is the finding's name, as a run record spells it.
    """

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind


class WouldBlock(Exception):
    """Plain Python runs one CPU: nobody is left to make the awaited condition true."""


class atomic:  # noqa: N801 - reads as a keyword in editions
    """``with atomic():`` makes the block one step: no other CPU runs within it."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc: object) -> None:
        pass


def wait_until(condition: bool) -> None:
    """Inside an indivisible section: the section can be entered only when this holds.

    Raises WouldBlock under plain Python.
    """
    if not condition:
        raise WouldBlock("the awaited condition is false and no other CPU runs")


def choose(options: int) -> int:
    """The environment picks one of 0 .. options - 1; all are explored.

    Under plain Python the choices are taken from `Machine.choices`, then 0.
    """
    choices = Machine.current().choices
    return choices.pop(0) if choices else 0


def BUG_ON(condition: bool) -> None:
    """Stop the machine if the condition holds; the finding is `bug_on`."""
    if condition:
        raise KernelBug("bug_on", "the asserted condition holds")


def WARN_ON(condition: bool) -> bool:
    """Note a warning if the condition holds, and go on; the finding is `warn_on`."""
    if condition:
        Machine.current().warnings.append("warn_on")
    return condition


def kfree(obj: Struct) -> None:
    """Free an object: any later access to it is the finding `use_after_free`."""
    if obj._freed:
        raise KernelBug("use_after_free", f"{obj.name} freed twice")
    obj.__dict__["_freed"] = True
