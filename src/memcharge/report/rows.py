# SPDX-License-Identifier: GPL-2.0-only
"""The rows of a diagram: each call printed when it is entered, each access in words."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise

from memcharge.report import names
from memcharge.report.lines import ascii_only
from memcharge.report.relevance import is_locking, lock_call
from memcharge.trace import Access, Call
from memcharge.trace.witness import Moment, own_calls

_SCROLLED_AWAY = 24


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the diagram: in which column, how deep, what, and whether it breaks."""

    cpu: int
    depth: int
    text: str
    step: int = 0
    marked: bool = False
    is_call: bool = False


def rows(shown: list[Moment], mark: Moment | None, *, wrappers: bool = False) -> list[Row]:
    """The rows of these accesses; calls that only pass on to one other are left out."""
    left_out = set() if wrappers else _wrappers(shown)
    made: list[Row] = []
    opened: dict[int, list[int]] = defaultdict(list)
    last: dict[int, int] = {}
    for moment in shown:
        cpu = moment.cpu
        path = [call for call in path_of(moment.access) if (cpu, call.id) not in left_out]
        common = _common(opened[cpu], path)
        if common and common == len(path) and len(made) - last[cpu] > _SCROLLED_AWAY:
            made.append(Row(cpu, common - 1, f"{path[common - 1].function}() again", is_call=True))
        for depth, call in enumerate(path[common:], start=common):
            made.append(Row(cpu, depth, ascii_only(_call(call)), is_call=True))
        text = ascii_only(said(moment.access))
        made.append(Row(cpu, len(path), text, moment.step, moment == mark))
        opened[cpu] = [call.id for call in path]
        last[cpu] = len(made)
    return made


def path_of(access: Access) -> tuple[Call, ...]:
    """The calls worth a row: below the actor, above atomics, locks and accessors."""
    return own_calls(access)[1:]


def _wrappers(shown: list[Moment]) -> set[tuple[int, int]]:
    """Calls between two others with nothing else in them: the middle of a chain."""
    inside: dict[tuple[int, int], set[tuple[int, int] | None]] = defaultdict(set)
    paths = {tuple((m.cpu, call.id) for call in path_of(m.access)) for m in shown} - {()}
    for path in paths:
        for outer, inner in zip(path, [*path[1:], None], strict=True):
            inside[outer].add(inner)
    only = {call for call, inner in inside.items() if len(inner) == 1 and None not in inner}
    return {
        inner
        for path in paths
        for outer, inner in pairwise(path)
        if outer in only and inner in only
    }


def said(access: Access) -> str:
    """One access in the words of a changelog."""
    if is_locking(access):
        return lock_call(access)
    if access.kind == "test":
        return _decision(access)
    if access.kind == "write":
        return f"[{names.change(access.place, access.old, access.new)}]"
    if access.kind == "read":
        return f"reads {names.short(access.place)} {names.value(access.place, access.new)}"
    if access.kind == "wait":
        return access.text or f"waits for {names.short(access.place)}"
    return f"{access.kind}: {access.text}" if access.kind != "bug" else access.text or "bug"


def _common(opened: list[int], path: list[Call]) -> int:
    common = 0
    for seen, call in zip(opened, path, strict=False):
        if seen != call.id:
            break
        common += 1
    return common


def _call(call: Call) -> str:
    return call.text or f"{call.function}()"


def _decision(access: Access) -> str:
    """`PageCgroupUsed(pc) is false`, `mem is NULL`, `ret != 0`."""
    text, truth = access.text, access.new in ("true", "True", "1")
    if match := re.fullmatch(r"not ([\w.]+(?:\([^()]*\))?)", text):
        text, truth = match[1], not truth
    if match := re.fullmatch(r"([\w.]+(?:\([^()]*\))?) is (not )?None", text):
        return f"{match[1]} is {'not ' if bool(match[2]) == truth else ''}NULL"
    if match := re.fullmatch(r"([\w.]+(?:\([^()]*\))?) (==|!=) (-?[\w.]+)", text):
        return f"{match[1]} {'==' if (match[2] == '==') == truth else '!='} {match[3]}"
    return f"{text} is {'true' if truth else 'false'}"
