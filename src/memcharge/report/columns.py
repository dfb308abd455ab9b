# SPDX-License-Identifier: GPL-2.0-only
"""Where the columns of a diagram lie, and how a row is made to fit one."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass

from memcharge.report.rows import Row

GUTTER = 2
_ARGUMENTS = re.compile(r"^(\w+)\(.+\)$")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: where it starts, how wide it is, how far one call indents."""

    start: int
    width: int
    step: int


def columns(drawn: list[Row], heads: dict[int, str], width: int, mark: int) -> dict[int, Column]:
    """Divide `width` among the columns: equal shares, unless one needs more than its share."""
    needs = {cpu: _need(cpu, drawn, heads[cpu], mark, step=2) for cpu in heads}
    room = width - GUTTER * (len(heads) - 1)
    if sum(needs.values()) > room:
        needs = {cpu: _need(cpu, drawn, heads[cpu], mark, step=2, bare=True) for cpu in heads}
    widths = _shares(needs, room)
    result, start = {}, 0
    for cpu in heads:
        mine = widths[cpu]
        step = 2 if _need(cpu, drawn, "", mark, step=2, bare=True) <= mine else 1
        result[cpu] = Column(start, mine, step)
        start += mine + GUTTER
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
    return textwrap.wrap(text, max(width, 1), subsequent_indent=hang, break_on_hyphens=False) or [
        ""
    ]


def _bare(text: str) -> str:
    return _ARGUMENTS.sub(r"\1()", text)


def _need(
    cpu: int, drawn: list[Row], head: str, mark: int, *, step: int, bare: bool = False
) -> int:
    need = len(head)
    for row in drawn:
        if row.cpu == cpu:
            text = _bare(row.text) if bare and row.is_call else row.text
            need = max(need, row.depth * step + len(text) + (mark if row.marked else 0))
    return need


def _shares(needs: dict[int, int], room: int) -> dict[int, int]:
    """Columns that need less than an equal share give the rest to those that need more."""
    share = room // max(len(needs), 1)
    if all(need <= share for need in needs.values()):
        return dict.fromkeys(needs, share)
    if sum(needs.values()) <= room:
        spare = (room - sum(needs.values())) // len(needs)
        return {cpu: need + spare for cpu, need in needs.items()}
    widths: dict[int, int] = {}
    left = dict(needs)
    while left:
        share = room // len(left)
        small = {cpu: need for cpu, need in left.items() if need <= share}
        if not small:
            return widths | dict.fromkeys(left, share)
        widths |= small
        room -= sum(small.values())
        left = {cpu: need for cpu, need in left.items() if cpu not in small}
    return widths
