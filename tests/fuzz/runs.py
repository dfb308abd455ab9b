# SPDX-License-Identifier: GPL-2.0-only
"""One program under every choice of reductions, by the interpreter: all must tell the same.

Under any reductions the same is broken with the same verdict, complete runs end
alike, and each witness can be followed to its breach.  Where states that are
interchangeable count once, each stands for some that are found without.
"""

from __future__ import annotations

from dataclasses import dataclass

from memcharge.engine import Options
from memcharge.engine.bfs import search
from memcharge.engine.check import _witness
from memcharge.engine.stepper import Stepper, make_stepper
from memcharge.engine.verdict import breaches, overall
from memcharge.engine.witness import follow
from memcharge.ir.slicing import shown
from memcharge.ir.spec import check_program
from tests.support.explored import Explored, Outcome, complete, outcome
from tests.support.small import Small

Chosen = frozenset[str]


@dataclass(frozen=True)
class Run:
    """What the interpreter found under some reductions, and its verdict on the whole."""

    explored: Explored
    verdict: str

    @property
    def stepper(self) -> Stepper:
        return self.explored.stepper


def run(program: Small, chosen: Chosen, most: int | None = None) -> Run | None:
    """Explore it under these reductions; None if there are more than `most` states."""
    stepper = make_stepper(program.reduced(chosen))
    found = search(stepper, Options(max_states=most))
    if found.incomplete or (most is not None and found.count > most):
        return None
    broken = tuple(breaches(stepper, found, "interp"))
    ends = frozenset(outcome(stepper, found.states[number]) for number in found.finals)
    verdict = overall(stepper, found, "interp", list(broken))
    return Run(Explored(stepper, found, broken, ends), verdict)


def assert_reduced(whole: Run, reduced: Run) -> None:
    """It tells the same as without any reduction."""
    check_program(reduced.stepper.program)
    assert reduced.explored.broken == whole.explored.broken
    assert reduced.verdict == whole.verdict
    gone = {name for _, name in reduced.stepper.program.layout.sliced}
    ends = all_ends(reduced)
    assert complete(ends, gone) == complete(whole.explored.outcomes, gone)
    assert {one.how for one in ends} == {one.how for one in whole.explored.outcomes}


def all_ends(reduced: Run) -> set[Outcome]:
    """How runs end, those that other ends stand for included."""
    stepper, found = reduced.stepper, reduced.explored.found
    orbits = stepper.orbits
    if orbits is None:
        return set(reduced.explored.outcomes)
    return {
        outcome(stepper, orbits.image(found.states[number], order))
        for number in found.finals
        for order in orbits.orders()
    }


def assert_witnesses(found: Run, *others: Run) -> None:
    """Each witness leads to its breach by a shortest way, in `others` of the same steps too.

    A warning shows before the run ends, so its witness may be cut there.
    """
    whole = shown(found.stepper.program)
    for breach in found.explored.breaches:
        schedule = _witness(found.stepper, found.explored.found, breach)
        steps = len(found.explored.found.path(breach.state)) - 1
        assert len(schedule) == steps or (breach.name == "warn_on" and len(schedule) < steps)
        for one in (found, *others):
            (its,) = (its for its in one.explored.breaches if its.name == breach.name)
            assert its.shows(follow(one.stepper, schedule)[-1])
        if whole is not found.stepper.program:
            assert len(follow(make_stepper(whole), schedule)) == len(schedule) + 1


def assert_same_steps(whole: Run, fewer: Run) -> None:
    """Fewer states stand for the same steps: whatever is broken is as near."""
    far = {one.name: len(whole.explored.found.path(one.state)) for one in whole.explored.breaches}
    near = {one.name: len(fewer.explored.found.path(one.state)) for one in fewer.explored.breaches}
    assert near == far


def assert_orbits(whole: Run, once: Run) -> None:
    """Each orbit is found once, and nothing else."""
    assert_same_steps(whole, once)
    canonical = once.stepper.canonical
    every, found = whole.explored.found, once.explored.found
    if canonical is None:
        assert found.states == every.states
        return
    assert len(set(found.states)) == found.count
    assert {canonical(state) for state in every.states} == set(found.states)
    ends = {canonical(every.states[number]) for number in every.finals}
    assert ends == {found.states[number] for number in found.finals}
    assert found.depth == every.depth
