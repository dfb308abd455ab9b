# SPDX-License-Identifier: GPL-2.0-only
"""What is proved of values: no narrower than what runs show, and narrow where it should be."""

from __future__ import annotations

from pathlib import Path

from memcharge.engine.bfs import search
from memcharge.engine.options import Options
from memcharge.engine.slots import bits, offset
from memcharge.engine.stepper import Stepper, make_stepper
from memcharge.ir.nodes import Const, Local, Number, Op, Var
from memcharge.ir.operators import FOLD
from memcharge.ir.ranges import Known, Ranges, narrowed, range_of
from tests.support.small import small

COUNTING = """
class Thing(Struct):
    total: int = uint(6)
    other: int = sint(4)
    quiet: int = uint(5, 3)
    near: Thing | None = ref("Thing")

def start():
    a, b = Thing("a"), Thing("b")
    a.near = b
    return {"a": a, "b": b}

a = the("a", Thing)
b = the("b", Thing)

def cpu0() -> None:
    n = 0
    while n < 5:
        a.total = n
        n += 1
    b.other = -2

def cpu1() -> None:
    n = a.total
    if n == 3:
        b.total = n + 1
    c = a.near
    if c is not None:
        c.other = 1
    a.near = None
"""


def explored(folder: Path, text: str) -> tuple[Stepper, Ranges, list[bytes]]:
    stepper = make_stepper(small(folder, text).reduced(("dead",)))
    ranges = Ranges(stepper.program, [cpu.live for cpu in stepper.slots.cpus])
    return stepper, ranges, search(stepper, Options()).states


def test_fields_are_as_narrow_as_what_is_stored(tmp_path: Path) -> None:
    _, ranges, _ = explored(tmp_path, COUNTING)
    assert ranges.elements["Thing", "total"] == [(0, 4), (0, 4)]
    assert ranges.elements["Thing", "other"] == [(0, 1), (-2, 1)]  # 1 is between None and b
    assert ranges.elements["Thing", "quiet"] == [(3, 3), (3, 3)]
    assert ranges.elements["Thing", "near"] == [(0, 2), (0, 0)]


def test_no_state_is_outside(tmp_path: Path) -> None:
    stepper, ranges, states = explored(tmp_path, COUNTING)
    assert len(states) > 50
    for state in states:
        for number, cpu in enumerate(stepper.slots.cpus):
            label = stepper.label(state, number)
            if not label:
                continue
            node = cpu.nodes[label]
            for local in bits(cpu.live[node]):
                low, high = ranges.at[number][node][local]
                kept = stepper.program.cpus[number].locals[local]
                assert low <= state[cpu.local[local]] - offset(kept) <= high
        for key, rows in stepper.slots.fields.items():
            least = min(stepper.program.layout.fields[key].lowest, 0)
            slots = [slot for row in rows for slot in row]
            for slot, (low, high) in zip(slots, ranges.elements[key], strict=True):
                assert low <= state[slot] + least <= high


def local(number: int) -> Local:
    return Local("n", Number(), number)


def test_a_test_narrows_what_it_compares() -> None:
    n, m = Var(local(0)), Var(local(1))
    known: Known = {0: (0, 9), 1: (4, 5)}
    assert narrowed(known, Op("<", (n, m)), True) == {0: (0, 4), 1: (4, 5)}
    assert narrowed(known, Op("<", (n, m)), False) == {0: (4, 9), 1: (4, 5)}
    assert narrowed(known, n, False) == {0: (0, 0), 1: (4, 5)}
    assert narrowed(known, Op("not", (n,)), False) == {0: (1, 9), 1: (4, 5)}
    assert narrowed(known, Op(">", (n, Const(9))), True) is None
    assert narrowed(known, Op("!=", (Const(0), m)), False) is None


def test_expressions_stay_within_their_range() -> None:
    n, m = Var(local(0)), Var(local(1))
    for low, high in ((-3, 2), (0, 5), (-4, -1)):
        for op in ("+", "-", "*", "&", "|", "^", "<<", ">>"):
            other = (0, 3) if op in ("<<", ">>") else (-2, 3)
            found = range_of(Op(op, (n, m)), {0: (low, high), 1: other})
            for one in range(low, high + 1):
                for two in range(other[0], other[1] + 1):
                    value = FOLD[op](one, two)
                    assert found[0] <= value <= found[1], (op, one, two)


def test_what_grows_beyond_a_byte_is_noted(tmp_path: Path) -> None:
    text = """
class Thing(Struct):
    few: int = uint(2)

def start():
    return {"a": Thing("a")}

a = the("a", Thing)

def cpu0() -> None:
    n = 1
    while True:
        n = n * 2
        a.few = 1
"""
    program = small(tmp_path, text).reduced(("dead",))
    ranges = Ranges(program, [cpu.live for cpu in make_stepper(program).slots.cpus])
    assert ranges.clipped
