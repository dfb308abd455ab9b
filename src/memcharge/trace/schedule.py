# SPDX-License-Identifier: GPL-2.0-only
"""A schedule as a short string: `0x26 1x6` is CPU 0 for 26 steps, then CPU 1 for 6.

A step in which the environment chose alternative n other than 0 is written
on its own, `0:n`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby, pairwise

_PART = re.compile(r"(\d+)(?:x(\d+)|:(\d+))?")

Schedule = tuple[tuple[int, int], ...]


def format_schedule(schedule: Iterable[tuple[int, int]]) -> str:
    """Write (cpu, choice) pairs as a run-length string."""
    parts = []
    for (cpu, choice), run in groupby(schedule):
        length = len(list(run))
        parts += [f"{cpu}:{choice}"] * length if choice else [f"{cpu}x{length}"]
    return " ".join(parts)


def parse_schedule(text: str) -> Schedule:
    """Read a run-length string; ValueError names the part that is not one."""
    schedule: list[tuple[int, int]] = []
    for part in text.split():
        match = _PART.fullmatch(part)
        if match is None:
            raise ValueError(
                f"{part!r} is not a part of a schedule; write CPUxSTEPS, as 0x26, "
                "or CPU:ALTERNATIVE, as 0:1"
            )
        cpu, length, choice = match.groups()
        schedule += [(int(cpu), int(choice or 0))] * int(length or 1)
    return tuple(schedule)


def switches(schedule: Iterable[tuple[int, int]]) -> int:
    """How often the schedule goes on with another CPU."""
    cpus = [cpu for cpu, _ in schedule]
    return sum(a != b for a, b in pairwise(cpus))
