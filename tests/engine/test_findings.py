# SPDX-License-Identifier: GPL-2.0-only
"""Failed assertions, bad pointers and freed objects, under every set of reductions."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.naive import explore
from tests.support.explored import FINE, SUBSETS, explored
from tests.support.small import Small, small

START = """
class Item(Struct):
    n: int = uint(4)
    ready: bool = flag()
    next: Item | None = ref("Item")


head = the("head", Item)


def start():
    head, tail = Item("head"), Item("tail")
    head.next = tail
    return {"head": head}
"""

PROGRAMS = {
    "bug_on": """
def cpu0():
    BUG_ON(head.n == 1)
    head.ready = True


def cpu1():
    head.n = 1
    head.n = 2
""",
    "bug_on in a section": """
def cpu0():
    with atomic():
        head.n += 4
        BUG_ON(head.ready)


def cpu1():
    head.ready = True
""",
    "warn_on": """
def cpu0():
    if WARN_ON(head.n == 1):
        head.ready = True
    head.n = 3


def cpu1():
    head.n = 1
    head.n = 2
""",
    "null_dereference": """
def cpu0():
    item = head.next
    if item is not None:
        head.next.n = 1


def cpu1():
    head.next = None
    head.n = 1
""",
    "null_dereference of a constant field": """
def cpu0():
    if head.next.ready:
        head.n = 3


def cpu1():
    head.n = 1
    head.next = None
    head.n = 2
""",
    "use_after_free": """
def cpu0():
    item = head.next
    head.next = None
    if item is not None:
        kfree(item)


def cpu1():
    item = head.next
    if item is not None:
        item.n = 1
        head.n = item.n
""",
    "freed twice": """
def cpu0():
    kfree(head.next)


def cpu1():
    kfree(head.next)
""",
    "unlocked twice": """
def cpu0():
    with atomic():
        BUG_ON(not head.ready)
        head.ready = False


def cpu1():
    head.ready = True
    with atomic():
        BUG_ON(not head.ready)
        head.ready = False
""",
}

KINDS = {
    "bug_on in a section": "bug_on",
    "null_dereference of a constant field": "null_dereference",
    "freed twice": "use_after_free",
    "unlocked twice": "bug_on",
}

every_program = pytest.mark.parametrize("name", PROGRAMS)
every_subset = pytest.mark.parametrize("reductions", SUBSETS, ids=lambda s: "+".join(sorted(s)))


def program(folder: Path, name: str) -> Small:
    return small(folder, START + PROGRAMS[name])


@every_program
@every_subset
def test_every_reduction_keeps_the_findings(
    tmp_path: Path, name: str, reductions: frozenset[str]
) -> None:
    """And the ends of all runs that are not cut short by one."""
    naive = explore(program(tmp_path, name).compiled())
    result = explored(program(tmp_path, name).reduced(reductions))
    assert set(result.broken) == set(naive.broken)
    assert {one for one in result.outcomes if one.how == "done"} == {
        one for one in naive.outcomes if one.how == "done"
    }
    assert {one.how for one in result.outcomes} == {one.how for one in naive.outcomes}


@every_program
def test_each_program_sometimes_shows_its_finding_and_no_other(tmp_path: Path, name: str) -> None:
    result = explored(program(tmp_path, name).reduced(FINE))
    verdict = "Always" if name in {"freed twice", "unlocked twice"} else "Sometimes"
    assert result.broken == {KINDS.get(name, name): verdict}


def test_a_warning_stays_noted_to_the_end(tmp_path: Path) -> None:
    result = explored(program(tmp_path, "warn_on").reduced(FINE))
    warned = {one.value("head.ready") for one in result.outcomes if one.warned}
    assert warned == {1}
    assert {one.value("head.ready") for one in result.outcomes if not one.warned} == {0}


def test_an_assertion_ends_the_run_in_the_step_of_the_read_before_it(tmp_path: Path) -> None:
    """Nobody runs in between; unreduced, who does leaves other values behind."""
    merged = explored(program(tmp_path, "bug_on").reduced(FINE))
    fine = explored(program(tmp_path, "bug_on").reduced(()))
    assert {one.value("head.n") for one in merged.outcomes if one.how == "bug_on"} == {1}
    assert {one.value("head.n") for one in fine.outcomes if one.how == "bug_on"} == {1, 2}


@pytest.mark.parametrize("reductions", SUBSETS, ids=lambda s: "+".join(sorted(s)))
def test_what_is_written_before_a_failed_assertion_can_be_seen(
    tmp_path: Path, reductions: frozenset[str]
) -> None:
    text = """
def cpu0():
    head.n = 1
    BUG_ON(True)


def cpu1():
    if head.n == 1:
        head.ready = True


def always_unready() -> bool:
    return not head.ready
"""
    result = explored(small(tmp_path, START + text).reduced(reductions))
    assert result.broken == {"bug_on": "Always", "always_unready": "Sometimes"}


def test_a_property_cannot_hold_of_what_has_been_freed(tmp_path: Path) -> None:
    text = """
def cpu0():
    kfree(head.next)


def always_items_are_few():
    for item in each(Item):
        if item.n > 3:
            return False
    return True
"""
    result = explored(small(tmp_path, START + text).reduced(FINE))
    assert result.broken == {"always_items_are_few": "Always"}
    assert explore(small(tmp_path, START + text).compiled()).broken == {"always_items_are_few": 2}


def test_a_section_with_a_private_beginning_is_one_step(tmp_path: Path) -> None:
    """It must not join the step before it: somebody may look in between."""
    text = """
def cpu0():
    head.ready = True
    with atomic():
        n = 1
        head.n = n + 1


def cpu1():
    ready = head.ready
    if ready and head.n == 0:
        head.next = None
"""
    for reductions in SUBSETS:
        result = explored(small(tmp_path, START + text).reduced(reductions))
        assert result.values("head.next") == {0, 2}
