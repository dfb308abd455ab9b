# SPDX-License-Identifier: GPL-2.0-only
"""What the other engines and searches find of a program that the interpreter explored."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from memcharge.engine import Options, dfs
from memcharge.engine.explore import explore
from memcharge.engine.native.search import NativeSearch
from memcharge.engine.stepper import Stepper
from memcharge.engine.verdict import breaches, overall
from memcharge.engine.witness import stored_successors
from memcharge.ir.nodes import Program
from tests.engine import naive
from tests.fuzz.runs import Run

MEMORY = 1 << 27
LOOKED_AT = 500  # states of a search


def assert_native(run: Run, *, checked: bool = False) -> None:
    """Machine code on one core: every state, in the same order and way."""
    stepper, expected = run.stepper, run.explored.found
    found = NativeSearch(stepper.program, stepper.slots, MEMORY, checked=checked).run(Options())
    for number, prop in enumerate(stepper.properties):
        if prop.when == "always" and not prop.holds(stepper.start):
            found.first_broken(number, 0)
    assert (found.incomplete, found.count) == ("", expected.count)
    assert (found.transitions, found.depth) == (expected.transitions, expected.depth)
    assert found.finals == expected.finals
    assert found.broken == expected.broken
    some = range(0, found.count, 1 + found.count // LOOKED_AT)
    assert [found.state(number) for number in some] == [expected.states[n] for n in some]
    last = found.count - 1
    assert found.path(last) == expected.path(last)
    broken = breaches(stepper, found, "native")
    ours = [(one.name, one.verdict, one.state, one.finals) for one in run.explored.breaches]
    assert [(one.name, one.verdict, one.state, one.finals) for one in broken] == ours
    assert overall(stepper, found, "native", broken) == run.verdict


def assert_workers(run: Run, workers: str) -> None:
    """Threads or Ray workers: the same states at the same distances, whatever is broken too."""
    stepper, expected = run.stepper, run.explored.found
    options = Options(engine="native", workers=workers, max_memory=MEMORY)
    found, _ = explore(stepper, options, None)
    assert (found.incomplete, found.count) == ("", expected.count)
    assert (found.transitions, found.depth) == (expected.transitions, expected.depth)
    far = distances(expected.parents)
    at = {state: number for number, state in enumerate(expected.states)}
    some = range(0, found.count, 1 + found.count // LOOKED_AT)
    assert [far[at[found.state(number)]] for number in some] == [sorted(far)[n] for n in some]
    assert found.finals == sorted(found.finals)
    assert sorted(at[found.state(number)] for number in found.finals) == expected.finals
    nearest = {name: far[at[found.state(number)]] for name, number in found.broken.items()}
    assert nearest == {name: far[number] for name, number in expected.broken.items()}
    broken = breaches(stepper, found, "native")
    theirs = {
        one.name: (one.verdict, far[at[found.state(one.state)]], one.finals) for one in broken
    }
    assert theirs == {
        one.name: (one.verdict, far[one.state], one.finals) for one in run.explored.breaches
    }
    assert overall(stepper, found, "native", broken) == run.verdict
    for number in {found.count - 1, *(one.state for one in broken)}:
        path = found.path(number)
        assert (path[-1], len(path) - 1) == (found.state(number), far[at[path[-1]]])
        assert_steps(stepper, path)


def distances(parents: Sequence[int]) -> list[int]:
    """How far each state is from the start."""
    far = [0]
    for number in range(1, len(parents)):
        far.append(far[parents[number]] + 1)
    return far


def assert_steps(stepper: Stepper, path: list[bytes]) -> None:
    """Each state is a step away from the one before it, and the first is the start."""
    assert path[0] == stepper.start
    cpus = range(len(stepper.tables))
    for before, after in pairwise(path):
        assert any(after in stored_successors(stepper, before, cpu) for cpu in cpus)


def assert_depth_first(run: Run) -> None:
    """The same states in another order, and the same verdicts by longer ways."""
    stepper, expected = run.stepper, run.explored.found
    found = dfs.search(stepper, Options())
    assert (found.incomplete, found.count) == ("", expected.count)
    assert set(found.states) == set(expected.states)
    assert found.transitions == expected.transitions
    ends = {found.states[number] for number in found.finals}
    assert ends == {expected.states[number] for number in expected.finals}
    broken = breaches(stepper, found, "interp")
    assert {one.name: one.verdict for one in broken} == run.explored.broken
    assert overall(stepper, found, "interp", broken) == run.verdict
    for one in broken:
        path = found.path(one.state)
        assert one.shows(path[-1])
        assert_steps(stepper, path)


def assert_naive(run: Run, program: Program) -> None:
    """The other explorer, which walks the nodes of the same program: the same figures and ends."""
    found = naive.explore(program)
    assert run.explored.counts == (found.states, found.transitions, found.finals)
    assert run.explored.outcomes == found.outcomes
    ways = {one.name: one.state for one in run.explored.breaches}
    near = {name: len(run.explored.found.path(number)) - 1 for name, number in ways.items()}
    assert near == found.broken
