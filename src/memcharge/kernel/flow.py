# SPDX-License-Identifier: GPL-2.0-only
"""Indivisible sections, waiting, choices and failed assertions.

These are the only primitives.  Everything else in this folder is written in
the same restricted Python as an edition, out of these.  Under plain Python,
with one CPU, waiting for something false can never end and says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from memcharge.kernel.bug import KernelBug
from memcharge.kernel.struct import Freed, Machine, Struct, each, resolved

T = TypeVar("T", bound=Struct)


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

    Under plain Python the choices are taken from `Machine.choices`, then 0;
    ValueError for one out of range.
    """
    choices = Machine.current().choices
    choice = choices.pop(0) if choices else 0
    if not 0 <= choice < options:
        raise ValueError(f"choose({options}): {choice} from Machine.choices is not below {options}")
    return choice


def any_order(struct: type[T]) -> Iterator[T]:
    """All objects of one struct, as a list has them whose order nothing promises.

    Every order is explored: before each round the environment picks one that
    has not been yet.  Under plain Python the picks are taken as `choose` takes
    its choices.
    """
    left = list(each(struct))
    while left:
        yield left.pop(choose(len(left)))


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
    """Free an object: any later access to a field is the finding `use_after_free`.

    So is freeing it again; KernelBug for None.
    """
    if obj is None:
        raise KernelBug("null_dereference", "kfree(None)")
    found = resolved(obj)
    if isinstance(found, Freed):
        raise KernelBug("use_after_free", f"{found.name} freed twice")
    found._free()
