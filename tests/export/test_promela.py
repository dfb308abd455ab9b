# SPDX-License-Identifier: GPL-2.0-only
"""Small programs as Promela: the text, and SPIN's counts of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings

from memcharge.engine import Options
from memcharge.engine.bfs import search
from memcharge.engine.slots import ENDINGS
from memcharge.engine.stepper import make_stepper
from memcharge.ir.nodes import Program
from memcharge.ir.promela import ExportError, promela_text
from tests.support.explored import ALL, FINE, Explored, explored
from tests.support.programs import programs
from tests.support.small import small
from tests.support.spin import needs_spin, spin

STEPS = tuple(
    one for one in ALL if one not in ("symmetry", "ample")
)  # what SPIN's states are held to

HERE = Path(__file__).parent

# Everything at once: signed fields, arrays, a wait behind a store, a choice on one way through a
# step, a warning and all findings.
ITEMS = """
class Item(Struct):
    n: int = sint(4, -1)
    c: list[int] = array(2, uint(3))
    kind: int = uint(2, 2)
    ready: bool = flag()
    next: Item | None = ref("Item")


head = the("head", Item)


def start():
    head, tail = Item("head"), Item("tail", n=0, kind=1)
    head.next = tail
    return {"head": head}


def cpu0():
    item = head.next
    if item is None or WARN_ON(item.kind == 0):
        return
    with atomic():
        item.c[0] = item.c[0] + 1
        wait_until(item.ready or item.c[0] > 1)
        BUG_ON(item.n > 1)
    with atomic():
        n = 0
        if item.ready:
            n = choose(2)
        item.c[n] = ~n & 3
    kfree(item)
    head.next.c[1] = 0


def cpu1():
    item = head.next
    picked = choose(3)
    if picked == 1:
        item.n = -item.n + 2
    elif picked == 2:
        head.next = None
    item.ready = True
    item.kind = 0


def always_short() -> bool:
    for item in each(Item):
        if item.c[0] > 2:
            return False
    return True


def end_kinds_are_known() -> bool:
    return head.kind > 0
"""

CYCLE = """
class Counter(Struct):
    n: int = uint(4)
    stop: bool = flag()


counter = the("counter", Counter)


def start():
    return {"counter": Counter("counter")}


def cpu0():
    while not counter.stop:
        counter.n = 1
        counter.n = 0


def cpu1():
    with atomic():
        wait_until(counter.n == 1)
        counter.stop = True


def cpu2():
    with atomic():
        wait_until(counter.n == 2)


def cpu3():
    with atomic():
        wait_until(False)
"""


def assert_same(folder: Path, program: Program, result: Explored | None = None) -> None:
    """The same states, one transition more, and an error for each end that is none."""
    result = result or explored(program)
    finals = [result.found.state(number) for number in result.found.finals]
    unfinished = [state for state in finals if not result.stepper.done(state)]
    states, transitions, _ = result.counts
    counts = spin(folder, promela_text(program))
    assert counts.complete
    assert (counts.states, counts.transitions, counts.errors) == (
        states,
        transitions + 1,
        len(unfinished),
    )
    assert ("invalid end state" in counts.report.partition("Full state")[0]) == bool(unfinished)


@pytest.mark.parametrize("judge", [False, True])
def test_model_prints_as_recorded(
    tmp_path: Path, judge: bool, request: pytest.FixtureRequest
) -> None:
    golden = HERE / "printed" / f"items{'-assert' if judge else ''}.pml"
    program = small(tmp_path, ITEMS).reduced(FINE)
    text = promela_text(program, ["SPDX-License-Identifier: GPL-2.0-only"], judge=judge)
    if request.config.getoption("--update-goldens"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@needs_spin
@pytest.mark.parametrize("reductions", [(), FINE, STEPS], ids=["none", "fine", "all"])
@pytest.mark.parametrize("text", [ITEMS, CYCLE], ids=["items", "cycle"])
def test_spin_counts_small_programs_alike(
    tmp_path: Path, text: str, reductions: tuple[str, ...]
) -> None:
    program = small(tmp_path, text).reduced(reductions)
    result = explored(program)
    assert_same(tmp_path, program, result)
    kinds = {outcome.how for outcome in result.outcomes}
    assert kinds == ({"done", *ENDINGS[1:]} if text == ITEMS else {"deadlock"})


@needs_spin
def test_spin_judges_properties_in_the_same_states(tmp_path: Path) -> None:
    """Each state is looked at once for each property, and nothing else is different."""
    program = small(tmp_path, ITEMS).reduced(FINE)
    result = explored(program)
    finals = {result.found.state(number) for number in result.found.finals}
    looks = errors = 0
    for state in result.found.states:
        finding, warned = bool(state[0]), bool(state[1])
        looks += finding + warned
        errors += finding + warned
        for prop in result.stepper.properties:
            ended = state in finals and result.stepper.done(state) and not finding
            if prop.when == "always" or ended:
                looks += 1
                errors += not prop.holds(state)
    counts = spin(tmp_path, promela_text(program, judge=True))
    states, transitions, _ = result.counts
    assert (counts.states, counts.transitions) == (states, transitions + 1 + looks)
    assert counts.errors == errors > 0
    assert "assertion violated always_short" in counts.report


def test_a_loop_that_decides_whether_a_step_is_possible_is_refused(tmp_path: Path) -> None:
    text = (
        CYCLE
        + """

def waits():
    with atomic():
        n = 0
        while n < counter.n:
            n += 1
        wait_until(n == 1)
"""
    )
    program = small(tmp_path, text, "waits", "cpu0").reduced(FINE)
    with pytest.raises(ExportError, match=r"^waits:\d+: .* depends on a loop"):
        promela_text(program)


def test_more_choices_than_can_be_written_are_refused(tmp_path: Path) -> None:
    text = (
        CYCLE
        + """

def chooses():
    with atomic():
        a = choose(9)
        b = choose(8)
        counter.n = a + b
"""
    )
    program = small(tmp_path, text, "chooses").reduced(FINE)
    with pytest.raises(ExportError, match="72 ways within one step"):
        promela_text(program)


@needs_spin
@pytest.mark.long
@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(text=programs())
def test_spin_counts_random_programs_alike(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    folder = tmp_path_factory.mktemp("programs")
    for reductions in ((), ("private",), FINE, STEPS):
        program = small(folder, text).reduced(reductions)
        found = search(make_stepper(program), Options(max_states=3000))
        assume(not found.incomplete)
        assert_same(folder, program)
