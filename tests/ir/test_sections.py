# SPDX-License-Identifier: GPL-2.0-only
"""Lock sections as one step: which are, which must not be, and that nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings

from memcharge.engine import Options
from memcharge.engine.bfs import search
from memcharge.engine.check import _witness
from memcharge.engine.stepper import make_stepper
from memcharge.engine.witness import follow
from memcharge.ir.nodes import End, Graph
from memcharge.ir.spec import check_program
from tests.engine.naive import explore
from tests.engine.test_random import assert_same
from tests.support.explored import explored
from tests.support.locked import locked_programs
from tests.support.programs import programs
from tests.support.small import Small, small

MOST_STATES = 1500
BEFORE = ("constants", "private", "dead")
WITH = (*BEFORE, "sections")

derandomised = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)

HEAD = """
class Item(Struct):
    lock: SpinLock = embed(SpinLock)
    other: SpinLock = embed(SpinLock)
    a: int = uint(3)
    b: int = uint(3)
    flag: bool = flag()
    next: Item | None = ref("Item")

def start():
    return {"x": Item("x"), "y": Item("y")}

x = the("x", Item)
y = the("y", Item)

def try_lock(item: Item) -> bool:
    with atomic():
        taken = not item.lock.locked
        if taken:
            item.lock.locked = True
    return taken
"""

COUNT = """
def cpu0():
    spin_lock(x.lock)
    x.a += 1
    x.b = x.a
    spin_unlock(x.lock)
"""


def steps(graph: Graph) -> int:
    """The nodes at which a step may start."""
    return sum(not node.glued and not isinstance(node, End) for node in graph.nodes)


def same(program: Small, *reductions: str) -> None:
    """Reduced or not, the same ends, breaches and verdicts; each witness shows its breach."""
    naive = explore(program.compiled())
    before, after = explored(program.reduced(BEFORE)), explored(program.reduced(reductions))
    check_program(after.stepper.program)
    assert_same(naive, after)
    assert after.broken == before.broken
    for breach in after.breaches:
        schedule = _witness(after.stepper, after.found, breach)
        assert breach.shows(follow(after.stepper, schedule)[-1])


def joined(tmp_path: Path, text: str) -> tuple[list[int], Small]:
    """The steps of each CPU with sections joined, and the program, found the same."""
    program = small(tmp_path, HEAD + text)
    same(program, *WITH)
    return [steps(graph) for graph in program.reduced(WITH).cpus], program


def test_a_section_is_one_step(tmp_path: Path) -> None:
    both, program = joined(tmp_path, COUNT + COUNT.replace("cpu0", "cpu1"))
    assert both == [1, 1]
    assert explored(program.reduced(WITH)).counts == (4, 4, 1)


@pytest.mark.parametrize(
    ("access", "least"),
    [
        ("x.b = 3", 1),  # but for one access, which is where the whole step happens
        ("x.b = x.a", 2),
        ("x.a = 3", 3),
        ("x.lock.locked = False", 5),
        ("x.lock.locked = True", 5),
    ],
)
def test_an_access_without_the_lock_undoes_it(tmp_path: Path, access: str, least: int) -> None:
    """A store to the lock that is no unlocking is no lock's at all."""
    lines = COUNT.replace("cpu0", "cpu1") + f"\ndef cpu2():\n    {access}\n"
    found, _ = joined(tmp_path, COUNT + lines)
    assert found[0] == found[1] >= least
    assert least >= 5 or found[0] == least


def test_fields_of_one_cpu_need_no_lock(tmp_path: Path) -> None:
    own = "\ndef cpu{0}():\n    {1}.a += 1\n    {1}.b = {1}.a\n    {1}.a += 2\n"
    found, _ = joined(tmp_path, own.format(0, "x") + own.format(1, "y"))
    assert found == [1, 1]


def test_what_a_property_sees_between_two_writes_is_seen(tmp_path: Path) -> None:
    text = COUNT + COUNT.replace("cpu0", "cpu1")
    text += "\ndef always_equal() -> bool:\n    return x.a == x.b\n"
    found, program = joined(tmp_path, text)
    assert found == [2, 2]
    assert set(explored(program.reduced(WITH)).broken) == {"always_equal"}


def test_a_lock_order_deadlock_is_still_found(tmp_path: Path) -> None:
    text = "\ndef cpu{0}():\n    spin_lock(x.{1})\n    spin_lock(x.{2})\n    x.a += 1\n"
    text += "    spin_unlock(x.{2})\n    spin_unlock(x.{1})\n"
    found, program = joined(
        tmp_path, text.format(0, "lock", "other") + text.format(1, "other", "lock")
    )
    assert found == [2, 2]
    assert set(explored(program.reduced(WITH)).broken) == {"deadlock"}


def test_a_lock_that_nobody_else_takes_is_not_waited_for(tmp_path: Path) -> None:
    """As long as its own CPU does not hold it: then it waits for ever."""
    text = "\ndef cpu0():\n    x.a = 1\n    spin_lock(y.lock)\n    x.b = 1\n{}"
    text += "\ndef cpu1():\n    y.a = 1\n"
    found, _ = joined(tmp_path, text.format("    spin_unlock(y.lock)\n"))
    assert found[0] == 1
    found, program = joined(tmp_path, text.format("    spin_lock(y.lock)\n"))
    assert found[0] == 2
    assert set(explored(program.reduced(WITH)).broken) == {"deadlock"}


OUTER = """
def cpu1():
    spin_lock(x.lock)
    x.a += 1
    spin_lock(x.other)
    x.b = x.a
    spin_unlock(x.other)
    spin_unlock(x.lock)

def cpu0():
    spin_lock(x.lock)
    spin_lock(x.other)
    x.b += 1
{}"""


@pytest.mark.parametrize(
    ("rest", "waits", "stuck"),
    [
        (["other", "lock"], False, False),
        (["lock", "other"], True, False),
        (["lock"], True, True),  # the other is never given back
        (["lock", "+lock", "other", "lock"], True, True),  # not before a wait for the first
    ],
)
def test_a_lock_is_not_waited_for_under_one_that_its_holder_has(
    tmp_path: Path, rest: list[str], waits: bool, stuck: bool
) -> None:
    lines = [f"    spin_{'' if one[0] == '+' else 'un'}lock(x.{one.lstrip('+')})\n" for one in rest]
    found, program = joined(tmp_path, OUTER.format("".join(lines)))
    assert (found[1] > 1) == waits
    assert ("deadlock" in explored(program.reduced(WITH)).broken) == stuck


TRYING = """
def cpu1():
    if not try_lock(x):
        BUG_ON(True)
    else:
        spin_unlock(x.lock)
"""


def test_a_lock_that_another_tries_is_seen_taken(tmp_path: Path) -> None:
    found, program = joined(tmp_path, COUNT + TRYING)
    assert found[0] == 2  # taking it with all that follows, and giving it back
    assert set(explored(program.reduced(WITH)).broken) == {"bug_on"}


def test_a_trylock_protects_where_it_was_taken(tmp_path: Path) -> None:
    text = "\ndef cpu{0}():\n    t = try_lock(x)\n    n = 1\n    if t:\n"
    text += "        x.a += 1\n        x.b = x.a\n        x.a += 1\n        spin_unlock(x.lock)\n"
    found, _ = joined(tmp_path, text.format(0) + text.format(1))
    assert found == [2, 2]
    found, _ = joined(tmp_path, text.format(0) + text.format(1).replace("if t", "if n == 1"))
    assert min(found) > 3


def test_the_lock_of_what_a_local_names_protects_that(tmp_path: Path) -> None:
    text = "\ndef cpu{0}():\n    i = x\n    if choose(2) == 1:\n        i = y\n"
    text += "    spin_lock(i.lock)\n    i.a += 1\n    i.b = i.a\n    spin_unlock(i.lock)\n"
    found, _ = joined(tmp_path, text.format(0) + text.format(1))
    assert found == [2, 2]
    wrong = text.replace("    i.b", "    i = y\n    i.b").replace("unlock(i", "unlock(y")
    found, _ = joined(tmp_path, text.format(0) + wrong.format(1))
    assert min(found) > 4


def test_the_lock_of_another_object_protects_nothing(tmp_path: Path) -> None:
    text = "\ndef cpu{0}():\n    i = {1}\n    if choose(2) == 1:\n        i = {2}\n"
    text += "    spin_lock(i.lock)\n    x.a += 1\n    x.b = x.a\n    spin_unlock(i.lock)\n"
    found, _ = joined(tmp_path, text.format(0, "x", "y") + text.format(1, "y", "x"))
    assert min(found) > 4


def test_a_lock_taken_without_looking_is_none(tmp_path: Path) -> None:
    text = "\ndef cpu{0}():\n    with atomic():\n        t = x.lock.locked\n"
    text += "        x.lock.locked = True\n    x.a += 1\n    x.b = x.a\n"
    text += "    x.lock.locked = False\n"
    found, _ = joined(tmp_path, text.format(0) + text.format(1))
    assert min(found) > 4


def test_a_finding_behind_a_write_hides_no_other_finding(tmp_path: Path) -> None:
    text = "\ndef cpu0():\n    x.a = 1\n    BUG_ON(True)\n"
    text += "\ndef cpu1():\n    if x.a == 1:\n        x.next.a = 1\n"
    found, program = joined(tmp_path, text)
    assert found[0] == 2
    assert set(explored(program.reduced(WITH)).broken) == {"bug_on", "null_dereference"}


def test_a_warning_is_given_before_another_cpu_ends_the_run(tmp_path: Path) -> None:
    text = "\ndef cpu0():\n    WARN_ON(True)\n    x.a = 1\n    while True:\n        x.b = 0\n"
    text += "\ndef cpu1():\n    if x.a == 0:\n        BUG_ON(True)\n"
    _, program = joined(tmp_path, text)
    assert set(explored(program.reduced(WITH)).broken) == {"bug_on", "warn_on"}


def test_a_run_may_end_between_an_access_and_a_warning(tmp_path: Path) -> None:
    text = "\ndef cpu0():\n    x.a = 1\n    WARN_ON(True)\n"
    text += "\ndef cpu1():\n    BUG_ON(x.a == 1)\n"
    _, program = joined(tmp_path, text)
    found = explored(program.reduced(WITH))
    assert found.broken == {"bug_on": "Sometimes", "warn_on": "Sometimes"}


def test_a_warning_is_given_before_a_wait_that_never_ends(tmp_path: Path) -> None:
    text = "\ndef cpu0():\n    WARN_ON(True)\n    with atomic():\n        wait_until(False)\n"
    _, program = joined(tmp_path, text + "\ndef cpu1():\n    x.a = 1\n")
    assert set(explored(program.reduced(WITH)).broken) == {"warn_on", "deadlock"}


def test_a_step_ends(tmp_path: Path) -> None:
    text = "\ndef cpu0():\n    while True:\n        x.a = 1\n        x.b = 1\n"
    found, _ = joined(tmp_path, text + "\ndef cpu1():\n    y.a = 1\n")
    assert found == [1, 1]


def test_one_cpu_alone_is_left_as_it_is(tmp_path: Path) -> None:
    found, program = joined(tmp_path, COUNT)
    assert found == [steps(graph) for graph in program.reduced(BEFORE).cpus]


def agree(folder: Path, text: str) -> None:
    program = small(folder, text)
    stepper = make_stepper(program.reduced(()))
    assume(len(search(stepper, Options(max_states=MOST_STATES)).states) < MOST_STATES)
    for chosen in (("sections",), ("private", "sections"), WITH):
        same(program, *chosen)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("locked")


@settings(derandomised, max_examples=60)
@given(text=locked_programs())
def test_random_programs_that_lock_agree(folder: Path, text: str) -> None:
    agree(folder, text)


@pytest.mark.long
@settings(derandomised, derandomize=False, max_examples=2000)
@given(text=locked_programs())
def test_thousands_of_programs_that_lock_agree(folder: Path, text: str) -> None:
    agree(folder, text)


@pytest.mark.long
@settings(derandomised, derandomize=False, max_examples=2000)
@given(text=programs())
def test_thousands_of_other_programs_agree(folder: Path, text: str) -> None:
    agree(folder, text)
