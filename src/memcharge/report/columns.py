# SPDX-License-Identifier: GPL-2.0-only
"""Where the columns of a diagram lie, and how a row is made to fit one.

A line holds a row of one column only, so a long row may run on below the heads
of the columns to its right; only the right edge is never passed.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass

from memcharge.report.rows import Row

GUTTER = 2
_OVERRUN = 14
_ARGUMENTS = re.compile(r"^(\w+)\(.+\)$")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: where it starts, how wide its head, how far rows reach, how far calls indent."""

    start: int
    width: int
    reach: int
    step: int


def columns(drawn: list[Row], heads: dict[int, str], width: int, mark: int) -> dict[int, Column]:
    """Divide `width` among the columns: equal shares, unless the last needs more."""
    shares = _shares([_of(cpu, drawn) for cpu in heads], width - GUTTER * (len(heads) - 1), mark)
    result, start = {}, 0
    for cpu, share in zip(heads, shares, strict=True):
        reach = min(share + _OVERRUN, width - start)
        step = 2 if _need(_of(cpu, drawn), 2, mark, bare=True) <= reach else 1
        result[cpu] = Column(start, share, reach, step)
        start += share + GUTTER
    return result


def fit(row: Row, step: int, width: int) -> list[str]:
    """The row in lines of at most `width`: arguments go first, then indentation, then it wraps."""
    text = row.text
    if row.depth * step + len(text) > width and row.is_call:
        text = _bare(text)
    indent = max(0, min(row.depth * step, width - len(text)))
    if indent + len(text) <= width:
        return [" " * indent + text]
    hang = "  " if width > 8 else ""
    lines = textwrap.wrap(text, max(width, 1), subsequent_indent=hang, break_on_hyphens=False)
    return lines or [""]


def _of(cpu: int, drawn: list[Row]) -> list[Row]:
    return [row for row in drawn if row.cpu == cpu]


def _bare(text: str) -> str:
    return _ARGUMENTS.sub(r"\1()", text)


def _need(rows: list[Row], step: int, mark: int, *, bare: bool = False) -> int:
    """The width that these rows take if none is changed, or with arguments left out."""
    needs = [0]
    for row in rows:
        text = _bare(row.text) if bare and row.is_call else row.text
        needs.append(row.depth * step + len(text) + (mark if row.marked else 0))
    return max(needs)


def _shares(parts: list[list[Row]], room: int, mark: int) -> list[int]:
    """Equal shares; the last column, which cannot run on, gets up to three fifths."""
    share = room // len(parts)
    if len(parts) == 1:
        return [room]
    tries = [_need(parts[-1], 2, mark), _need(parts[-1], 2, mark, bare=True)]
    tries += [_need(parts[-1], 1, mark, bare=True)]
    most = room * 3 // 5 if len(parts) == 2 else room * 2 // 5
    last = max(share, next((need for need in tries if need <= most), most))
    others = (room - last) // (len(parts) - 1)
    return [*[others] * (len(parts) - 1), room - others * (len(parts) - 1)]
