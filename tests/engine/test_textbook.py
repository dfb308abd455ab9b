# SPDX-License-Identifier: GPL-2.0-only
"""Programs from the textbook, with counts that follow from a formula and not from the tool."""

from __future__ import annotations

from math import comb, factorial
from pathlib import Path

import pytest

from tests.support.explored import FINE, SUBSETS, Explored, explored
from tests.support.small import small

COUNTER = """
class Counter(Struct):
    n: int = uint(6)
    lock: SpinLock = embed(SpinLock)


counter = the("counter", Counter)


def start():
    return {"counter": Counter("counter")}
"""

every_subset = pytest.mark.parametrize(
    "reductions", SUBSETS, ids=lambda s: "+".join(sorted(s)) or "none"
)


def run(folder: Path, text: str, *cpus: str, reductions: frozenset[str] | None = None) -> Explored:
    chosen = FINE if reductions is None else reductions
    return explored(small(folder, COUNTER + text, *cpus).reduced(chosen))


def atomically(rounds: int) -> str:
    lines = "    with atomic():\n        counter.n += 1\n" * rounds
    return f"\n\ndef work():\n{lines}"


def plainly(rounds: int) -> str:
    return "\n\ndef work():\n" + "    counter.n += 1\n" * rounds


@pytest.mark.parametrize(("cpus", "rounds"), [(1, 5), (2, 3), (3, 2), (4, 2)])
def test_indivisible_increments_make_a_grid_of_states(
    tmp_path: Path, cpus: int, rounds: int
) -> None:
    """Each CPU is at one of rounds + 1 places, and the counter is the sum of all."""
    result = run(tmp_path, atomically(rounds), *["work"] * cpus)
    grid = (rounds + 1) ** cpus
    assert result.counts == (grid, cpus * rounds * (rounds + 1) ** (cpus - 1), 1)
    assert result.values("counter.n") == {cpus * rounds}
    assert result.found.depth == cpus * rounds


@every_subset
@pytest.mark.parametrize(("cpus", "rounds"), [(2, 1), (2, 2), (2, 3), (3, 1)])
def test_plain_increments_lose_all_but_the_well_known_few(
    tmp_path: Path, cpus: int, rounds: int, reductions: frozenset[str]
) -> None:
    """Of n processes with k rounds each, between min(2, k) or one and n * k increments remain."""
    result = run(tmp_path, plainly(rounds), *["work"] * cpus, reductions=reductions)
    least = 1 if rounds == 1 else 2
    assert result.values("counter.n") == set(range(least, cpus * rounds + 1))


def test_lost_update_of_two_has_thirteen_states(tmp_path: Path) -> None:
    """By hand, as (place, value read) of both and the counter.

    R is a read to come, W0 or W1 a write after having read 0 or 1, - the end:
    RR0; W0R0 RW00; W0W00; -R1 R-1; -W01 W0-1 (both read, one wrote); -W11
    W1-1 (read after the write); --1, --2.  The states -W01 and -W11 differ in
    what was read.
    """
    result = run(tmp_path, plainly(1), "work", "work")
    assert result.counts == (1 + 2 + 1 + 2 + 2 + 2 + 2, 2 + 4 + 2 + 2 + 2 + 2, 2)
    assert result.values("counter.n") == {1, 2}


@pytest.mark.parametrize("cpus", [2, 3, 4])
def test_a_spinlock_leaves_one_holder_at_a_time(tmp_path: Path, cpus: int) -> None:
    """Of n CPUs some have finished; then nobody, or one of the others, holds the lock.

    Inside are the three places read to come, write to come, unlock to come.
    """
    text = """

def work():
    spin_lock(counter.lock)
    counter.n += 1
    spin_unlock(counter.lock)
"""
    result = run(tmp_path, text, *["work"] * cpus)
    inside = 3
    expected = sum(comb(cpus, done) * (1 + inside * (cpus - done)) for done in range(cpus + 1))
    assert len(result.found.states) == expected
    assert result.values("counter.n") == {cpus}
    assert result.broken == {}


@pytest.mark.parametrize("alternatives", [2, 3, 5])
def test_choices_multiply(tmp_path: Path, alternatives: int) -> None:
    """Start, one state a choice, and the last two choices' products written down."""
    text = f"""

def work():
    a = choose({alternatives})
    b = choose({alternatives})
    counter.n = a * {alternatives} + b
"""
    result = run(tmp_path, text, "work")
    pairs = alternatives**2
    assert result.counts == (1 + alternatives + 2 * pairs, alternatives + 2 * pairs, pairs)
    assert result.values("counter.n") == set(range(pairs))


def test_orders_of_private_marks_are_permutations(tmp_path: Path) -> None:
    """Each CPU appends its digit: as many outcomes as orders of three."""
    text = """

def one():
    with atomic():
        counter.n = counter.n * 4 + 1


def two():
    with atomic():
        counter.n = counter.n * 4 + 2


def three():
    with atomic():
        counter.n = counter.n * 4 + 3
"""
    result = run(tmp_path, text, "one", "two", "three")
    assert len(result.found.finals) == factorial(3)
    assert len(result.found.states) == sum(comb(3, k) * factorial(k) for k in range(4))


LOCKS = """

class Pair(Struct):
    a: SpinLock = embed(SpinLock)
    b: SpinLock = embed(SpinLock)


pair = the("pair", Pair)


def start():
    return {"pair": Pair("pair"), "counter": Counter("counter")}


def ab():
    spin_lock(pair.a)
    spin_lock(pair.b)
    spin_unlock(pair.b)
    spin_unlock(pair.a)


def ba():
    spin_lock(pair.b)
    spin_lock(pair.a)
    spin_unlock(pair.a)
    spin_unlock(pair.b)
"""


@every_subset
def test_locks_taken_in_two_orders_deadlock(tmp_path: Path, reductions: frozenset[str]) -> None:
    """A CPU is idle, holds its first lock, both, its first again, or has finished.

    One of the two is idle or finished in 25 - 9 pairs.  Else each holds its
    first lock alone, and not both of them on the way out: 3 pairs.
    """
    result = run(tmp_path, LOCKS, "ab", "ba", reductions=reductions)
    assert result.broken == {"deadlock": "Sometimes"}
    assert len(result.outcomes) == 2
    if reductions == frozenset(FINE):
        assert len(result.found.states) == 25 - 9 + 3
    (breach,) = result.breaches
    assert result.stepper.label(result.found.states[breach.state], 0) > 0
    if "private" in reductions:
        assert len(result.found.path(breach.state)) - 1 == 2


def test_locks_taken_in_one_order_never_deadlock(tmp_path: Path) -> None:
    result = run(tmp_path, LOCKS, "ab", "ab")
    assert result.broken == {}


def test_trylock_lets_one_in_or_both_in_turn(tmp_path: Path) -> None:
    text = """

def work():
    with atomic():
        taken = not counter.lock.locked
        if taken:
            counter.lock.locked = True
    if taken:
        counter.n += 1
        spin_unlock(counter.lock)
"""
    result = run(tmp_path, text, "work", "work")
    assert result.values("counter.n") == {1, 2}
    assert result.values("counter.lock.locked") == {0}
    assert result.broken == {}


def test_states_may_form_a_cycle(tmp_path: Path) -> None:
    """A number goes up and down until somebody who saw it up says stop.

    Read, write 1, write 0, before that; write 0, read, and the end after it.
    """
    text = """

def blink():
    while not counter.lock.locked:
        counter.n = 1
        counter.n = 0


def wait():
    with atomic():
        wait_until(counter.n == 1)
        counter.lock.locked = True
"""
    result = run(tmp_path, text, "blink", "wait")
    assert result.counts == (3 + 3, 3 + 1 + 2, 1)
    assert result.values("counter.n") == {0}
    assert result.broken == {}


def test_runs_that_never_end_have_no_final_state(tmp_path: Path) -> None:
    """What the waiting CPU writes is always overwritten: 3 states before, 4 behind it."""
    text = """

def blink():
    while counter.n < 2:
        counter.n = 1
        counter.n = 0


def wait():
    with atomic():
        wait_until(counter.n == 1)
        counter.n = 2
"""
    result = run(tmp_path, text, "blink", "wait")
    assert result.counts == (3 + 4, 3 + 1 + 4, 0)
    assert result.outcomes == frozenset()
