# SPDX-License-Identifier: GPL-2.0-only
"""From a schedule to the trace that reports draw: every access with its place and values."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from memcharge.engine.stepper import Stepper
from memcharge.ir.layout import Key
from memcharge.ir.nodes import (
    Bug,
    Choose,
    Frame,
    Free,
    Load,
    Node,
    Place,
    Pointer,
    Store,
    Test,
    Wait,
    Warn,
)
from memcharge.trace import Access, Call, Schedule, Step

Logged = tuple[int, Any, Any]
Elements = frozenset[tuple[Key, int | None]]
Calls = dict[Frame | None, tuple[Call, ...]]  # those that lead to a frame, as they are asked for
PACKAGE = Path(__file__).parent.parent


def trace_of(stepper: Stepper, schedule: Schedule, states: list[bytes]) -> tuple[Step, ...]:
    """Step along a schedule once more, noting every access.

    `states` are those that the schedule leads through.
    """
    steps = []
    calls: Calls = {None: ()}
    for state, (cpu, choice) in zip(states, schedule, strict=False):
        node = stepper.slots.cpus[cpu].nodes[stepper.label(state, cpu)]
        found: list[tuple[bytes, tuple[Logged, ...]]] = []
        stepper.walkers[cpu].step(node, state, found.append, [])
        _, log = found[choice]
        code = stepper.program.cpus[cpu].nodes
        accesses = tuple(
            _access(stepper, code[number], old, new, calls) for number, old, new in log
        )
        steps.append(Step(cpu, choice, accesses))
    return tuple(steps)


def _access(stepper: Stepper, node: Node, old: Any, new: Any, calls: Calls) -> Access:
    """One entry of the log in words; see `Walker` for what it holds."""
    layout = stepper.program.layout

    def made(kind: str, place: str = "", before: str = "", after: str = "") -> Access:
        site = node.site
        return Access(
            kind,
            _chain(site.frame, calls),
            _file(site.frame.file),
            site.line,
            site.text,
            place,
            before,
            after,
        )

    if isinstance(old, str):
        return made("bug", after=old)
    match node:
        case Load(place=place):
            value = layout.value_name(place.key, new)
            return made("read", _place_name(stepper, place, old), value, value)
        case Store(place=place):
            which, before = old
            return made(
                "write",
                _place_name(stepper, place, which),
                layout.value_name(place.key, before),
                layout.value_name(place.key, int(new)),
            )
        case Test():
            return made("test", after="true" if new else "false")
        case Choose(local=local):
            if isinstance(local.kind, Pointer):
                return made("choose", after=layout.pools[local.kind.struct][new - 1])
            return made("choose", after=str(new))
        case Wait():
            return made("wait")
        case Warn():
            return made("warn")
        case Bug(kind=kind):
            return made("bug", after=kind)
        case Free():
            return made("free")
    raise TypeError(f"nothing to tell of {node!r}")


def _place_name(stepper: Stepper, place: Place, which: tuple[int, int | None]) -> str:
    return stepper.program.layout.place_name(place.key, int(which[0]), which[1])


def _chain(frame: Frame | None, calls: Calls) -> tuple[Call, ...]:
    """The calls that lead to a frame, the outermost first."""
    found = calls.get(frame)
    if found is None:
        assert frame is not None
        last = Call(frame.number, frame.function, frame.text)
        found = calls[frame] = (*_chain(frame.parent, calls), last)
    return found


@cache
def _file(path: str) -> str:
    """A file of this package by its place in it, any other as given."""
    whole = Path(path)
    return str(whole.relative_to(PACKAGE)) if whole.is_relative_to(PACKAGE) else path


def read_places(stepper: Stepper, elements: Elements) -> tuple[str, ...]:
    """The names of all places that a property looks at."""
    return tuple(name for name, _, _ in _places(stepper, elements))


def observed(stepper: Stepper, elements: Elements, state: bytes) -> dict[str, str]:
    """The values of those places in one state."""
    layout = stepper.program.layout
    return {
        name: layout.value_name(key, state[slot] + min(layout.fields[key].lowest, 0))
        for name, key, slot in _places(stepper, elements)
    }


def _places(stepper: Stepper, elements: Elements) -> list[tuple[str, Key, int]]:
    layout = stepper.program.layout
    found = []
    for key in sorted({key for key, _ in elements}):
        wanted = {index for one, index in elements if one == key}
        array = layout.fields[key].length is not None
        for number, row in enumerate(stepper.slots.fields.get(key, ()), 1):
            for index, slot in enumerate(row):
                if index not in wanted and None not in wanted:
                    continue
                name = layout.place_name(key, number, index if array else None)
                found.append((name, key, slot))
    return found
