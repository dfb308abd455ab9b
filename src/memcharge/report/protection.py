# SPDX-License-Identifier: GPL-2.0-only
"""The screen of `show --reductions`: what became one step, and what kept the rest from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from memcharge.report.lines import count


@dataclass(frozen=True, slots=True)
class Steps:
    """What one CPU runs, and at how many places a step may start: before and with sections."""

    cpu: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Guarded:
    """A shared place, the lock that most of its accesses hold, and where that is not held.

    Each of `without` is `file:line  function  read or write`.
    """

    place: str
    lock: str
    accesses: int
    without: tuple[str, ...]


def protection_text(
    title: str, steps: Sequence[Steps], sliced: Sequence[str], guarded: Sequence[Guarded]
) -> str:
    """All of it, fields whose lock is verified first."""
    lines = [title, ""]
    lines += [
        f"{cpu.cpu}: steps start at {cpu.before} places, {cpu.after} with sections" for cpu in steps
    ]
    lines += ["", f"Fields that nothing depends on: {', '.join(sliced) or 'none'}", ""]
    verified = [one for one in guarded if not one.without]
    lines.append(f"Shared fields under one lock at every access: {len(verified) or 'none'}")
    lines += [f"  {one.place:34} {one.lock}" for one in verified]
    others = [one for one in guarded if one.without]
    lines += ["", f"Shared fields that are not: {len(others) or 'none'}"]
    for one in others:
        held = f"{one.lock}, but for" if one.lock else "no lock at"
        lines.append(f"  {one.place:34} {held} {count(len(one.without), 'line')}:")
        lines += [f"    {text}" for text in one.without]
    return "\n".join(lines) + "\n"
