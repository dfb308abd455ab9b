# SPDX-License-Identifier: GPL-2.0-only
"""What machine code keeps: states packed and taken apart, growth, budgets, a second question."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from memcharge.editions.chain import load
from memcharge.engine import Options
from memcharge.engine.bfs import search
from memcharge.engine.explore import run_avoiding
from memcharge.engine.native import store
from memcharge.engine.native.packing import packing_of
from memcharge.engine.native.placing import WORD, Group, place, split
from memcharge.engine.native.search import NativeSearch
from memcharge.engine.prepare import compile_scenario
from memcharge.engine.stepper import Stepper, make_stepper
from memcharge.scenarios import parse
from tests.support.small import small

REDUCED = ("constants", "private", "dead")
SCENARIO = "migrate+munmap@file"


@pytest.fixture(scope="module")
def stepper() -> Stepper:
    return make_stepper(compile_scenario(load("v2_6_34"), parse(SCENARIO), REDUCED))


def test_a_state_taken_apart_is_what_was_packed(stepper: Stepper) -> None:
    packing = packing_of(stepper.program, stepper.slots)
    states = search(stepper, Options()).states
    packed = {tuple(packing.pack(state)) for state in states}
    assert len(packed) == len(states)
    for state in states[::7]:
        assert packing.unpack(packing.pack(state), len(state)) == state


def test_only_what_varies_takes_bits(tmp_path: Path) -> None:
    text = """
class Thing(Struct):
    total: int = uint(6)
    quiet: int = uint(6, 3)

def start():
    return {"a": Thing("a"), "b": Thing("b")}

a = the("a", Thing)
b = the("b", Thing)

def cpu0() -> None:
    a.total = 2
    a.quiet = 3

def cpu1() -> None:
    a.total = b.total
"""
    program = small(tmp_path, text).reduced(("dead",))
    packing = packing_of(program, make_stepper(program).slots)
    total, quiet = (packing.fields["Thing", name] for name in ("total", "quiet"))
    assert {number: at.width for number, at in total.at.items()} == {0: 2}
    assert total.fixed == {1: 0}
    assert (quiet.at, quiet.fixed) == ({}, {0: 3, 1: 3})


def test_no_two_items_share_a_bit() -> None:
    groups = [Group([((n, m), bits) for m, bits in enumerate(some)]) for n, some in enumerate(
        [[1, 2, 3], [40], [30, 30, 30], [64], [0, 5], [7] * 9]
    )]  # fmt: skip
    words, where = place(groups)
    assert len(where) == sum(len(group.items) for group in groups)
    taken: set[tuple[int, int]] = set()
    for at in where.values():
        bits = set(product([at.word], range(at.shift, at.shift + at.width)))
        assert not bits & taken
        assert all(0 <= bit < WORD for _, bit in bits)
        taken |= bits
    assert words <= 5


def test_locals_of_many_bits_are_split_so_that_each_label_has_room() -> None:
    needed = [[("a", 8)] * 20, [("b", 30)] * 3, []]
    groups = split(0, 9, needed)
    assert all(group.bits <= WORD for group in groups)
    assert sum(group.bits for group in groups) >= 9 + 160


@pytest.mark.parametrize("length", [1 << 16, 1 << 22])
def test_growth_loses_nothing(
    stepper: Stepper, length: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "FIRST_TABLE", length)
    monkeypatch.setattr(store, "AT_ONCE", 777)
    expected = search(stepper, Options())
    found = NativeSearch(stepper.program, stepper.slots, 1 << 28).run(Options())
    assert (found.count, found.transitions) == (expected.count, expected.transitions)
    assert found.finals == expected.finals
    assert found.path(found.count - 1) == expected.path(found.count - 1)


def test_a_budget_is_kept_to_with_the_table_in_it() -> None:
    program = compile_scenario(load("v2_6_34"), parse("migrate+munmap+truncate@file"), REDUCED)
    slots = make_stepper(program).slots
    whole = NativeSearch(program, slots, 1 << 30).run(Options())
    for share in (0.5, 0.8):
        budget = int(whole.store.used * share)
        found = NativeSearch(program, slots, budget).run(Options())
        assert found.incomplete == f"memory for {found.count:,} states is full"
        assert 0.3 * budget < found.store.used <= budget
    enough = NativeSearch(program, slots, whole.store.used + (8 << 20)).run(Options())
    assert not enough.incomplete
    assert enough.count == whole.count


def test_a_state_costs_no_more_than_is_said() -> None:
    """8 bytes a word and 16 more, once there are many."""
    for words, count in product((1, 2, 3), (10**6, 3 * 10**6, 7 * 10**6, 10**8)):
        length = store.Store.length_for(count)
        assert 4 + 4 * length / count <= 16
        assert words * 8 + 4 + 4 * length / count <= 8 * words + 16


@pytest.mark.parametrize("edition", ["v2_6_34", "mm_2010_05_07", "mm_2010_04_14"])
def test_what_can_be_avoided_is_the_same_by_either_engine(edition: str) -> None:
    stepper = make_stepper(compile_scenario(load(edition), parse(SCENARIO), REDUCED))
    ours = search(stepper, Options())
    theirs = NativeSearch(stepper.program, stepper.slots, 1 << 28).run(Options())
    always = [one for one in stepper.properties if one.when == "always"]
    for never in ([], *([one] for one in always), always):
        ends = []
        for found, engine in ((ours, "interp"), (theirs, "native")):
            came: set[bytes] = set()

            def note(state: bytes, came: set[bytes] = came) -> bool:
                came.add(state)
                return False

            assert not run_avoiding(stepper, found, engine, never, note)
            ends.append(came)
        assert ends[0] == ends[1]
