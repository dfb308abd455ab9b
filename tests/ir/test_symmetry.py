# SPDX-License-Identifier: GPL-2.0-only
"""What is taken for interchangeable, and what is not: each twin is asymmetric in one thing."""

from __future__ import annotations

from pathlib import Path

import pytest

from memcharge.ir.nodes import Member
from tests.support.explored import FINE
from tests.support.small import small

TEXT = """
class Own(Struct):
    a: int = uint(2)
    peer: Own | None = ref("Own")
    group: Shared | None = ref("Shared")


class Shared(Struct):
    n: int = uint(2)
    who: Own | None = ref("Own")


shared = the("shared", Shared)
one = the("one", Own)
two = the("two", Own)
three = the("three", Own)


def start():
    shared = Shared("shared")
    one, two, three = (Own(name, group=shared) for name in ("one", "two", "three"))
    return {"shared": shared, "one": one, "two": two, "three": three}


def work(mine: Own) -> None:
    mine.a = 1
    for other in any_order(Own):
        if other is not mine and shared.who is other:
            mine.peer = other
    shared.who = mine
    mine.group.n = (mine.group.n + 1) & 3


def cpu0() -> None:
    work(one)


def cpu1() -> None:
    work(two)


def cpu2() -> None:
    work(three)


def always_kept() -> bool:
    for own in each(Own):
        if own.peer is own:
            return False
    return True


def end_counted() -> bool:
    total = 0
    for own in each(Own):
        total += own.a
    return total == shared.n
"""

ALL_THREE = tuple(Member((cpu,), (("Own", cpu + 1),)) for cpu in range(3))


def symmetry(folder: Path, text: str) -> tuple[tuple[Member, ...], ...]:
    return small(folder, text).reduced({*FINE, "symmetry"}).symmetry


def test_cpus_that_do_the_same_each_with_its_own_are_interchangeable(tmp_path: Path) -> None:
    assert symmetry(tmp_path, TEXT) == (ALL_THREE,)
    assert small(tmp_path, TEXT).reduced(FINE).symmetry == ()


@pytest.mark.parametrize(
    ("before", "after", "left"),
    [
        # one of them starts with another value, or points elsewhere
        ('"one": one,', '"one": set_a(one),', (1, 2)),
        # one of them does something else
        ("    work(two)", "    work(two)\n    two.a = 2", (0, 2)),
        ("    work(two)", "    work(two)\n    one.a = 2", ()),
    ],
)
def test_who_differs_is_not(tmp_path: Path, before: str, after: str, left: tuple[int, ...]) -> None:
    text = TEXT.replace(before, after) + "\n\ndef set_a(own):\n    own.a = 3\n    return own\n"
    expected = (tuple(ALL_THREE[cpu] for cpu in left),) if left else ()
    assert symmetry(tmp_path, text) == expected


@pytest.mark.parametrize(
    ("before", "after", "left"),
    [
        # a walk in an order of its own
        ("any_order(Own)", "each(Own)", ()),
        # numbers of objects as numbers: odd ones are alike, then those that are not the first
        ("mine.a = 1", "mine.a = index_of(mine)", ()),
        ("mine.a = 1", "mine.a = index_of(mine) & 1", (0, 2)),
        ("mine.a = 1", "mine.a = 1 if index_of(mine) < 2 else 0", (1, 2)),
        ("mine.a = 1", "shared.who = mine\n    mine.a = index_of(shared.who)", ()),
        ("mine.peer = other", "mine.peer = object_at(Own, 1)", (1, 2)),
        ("mine.peer = other", "mine.peer = object_at(Own, shared.n)", ()),
        # a property of one, or one that counts them differently
        ("    total = 0", "    total = one.a - two.a", ()),
        ("        total += own.a", "        total += own.a + total", ()),
        ("        total += own.a", "        total = own.a", (0, 1)),
        ("own.peer is own", "own.peer is one", (1, 2)),
        # an order among them at the start
        ('return {"shared"', 'one.peer, two.peer = two, three\n    return {"shared"', ()),
    ],
)
def test_what_tells_them_apart_leaves_less_symmetry(
    tmp_path: Path, before: str, after: str, left: tuple[int, ...]
) -> None:
    assert before in TEXT
    expected = (tuple(ALL_THREE[cpu] for cpu in left),) if left else ()
    assert symmetry(tmp_path, TEXT.replace(before, after)) == expected


def test_a_ring_of_two_changes_places_whole(tmp_path: Path) -> None:
    text = TEXT.replace('return {"shared"', 'one.peer, two.peer = two, one\n    return {"shared"')
    assert symmetry(tmp_path, text) == (ALL_THREE[:2],)


def test_objects_that_no_cpu_has_change_places_too(tmp_path: Path) -> None:
    text = (
        TEXT.split("def cpu1", maxsplit=1)[0].replace("    work(one)", "    work_on_all()") + WALK
    )
    assert symmetry(tmp_path, text) == (tuple(Member((), (("Own", n),)) for n in (1, 2, 3)),)


WALK = """
def work_on_all() -> None:
    for own in any_order(Own):
        own.a = shared.n
        shared.n = 1
"""


def test_members_of_two_cpus_change_places_together(tmp_path: Path) -> None:
    pairs = """

def cpu3() -> None:
    one.a = 2


def cpu4() -> None:
    two.a = 2


def cpu5() -> None:
    three.a = 2
"""
    assert symmetry(tmp_path, TEXT + pairs) == (
        tuple(Member((cpu, cpu + 3), (("Own", cpu + 1),)) for cpu in range(3)),
    )


def test_objects_of_two_structs_are_never_taken_for_each_other(tmp_path: Path) -> None:
    others = "\n\ndef cpu3() -> None:\n    shared.n = 2\n\n\ndef cpu4() -> None:\n    three.a = 2\n"
    assert symmetry(tmp_path, TEXT + others) == (ALL_THREE[:2],)
