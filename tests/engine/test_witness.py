# SPDX-License-Identifier: GPL-2.0-only
"""Every witness replays, shows its breach, and is not made longer for fewer switches."""

from __future__ import annotations

import pytest

from memcharge.editions.chain import load
from memcharge.engine import Options, ScheduleError, check, replay
from memcharge.engine.check import _witness
from memcharge.engine.prepare import compile_scenario
from memcharge.engine.stepper import make_stepper
from memcharge.engine.witness import fewest_switches, follow, schedule_of
from memcharge.scenarios import parse
from memcharge.trace import parse_schedule, switches
from tests.support.explored import explored

NAMES = ("migrate@file", "migrate+munmap@file", "migrate+kill@anon", "munmap+fault@file")
OPTIONS = Options(engine="interp")


@pytest.mark.parametrize("name", NAMES)
def test_witness_replays_to_a_breach_and_ends_in_its_own(name: str) -> None:
    edition, chosen = load("v2_6_34"), parse(name)
    result = check(edition, chosen, OPTIONS)
    engine = explored(compile_scenario(edition, chosen, OPTIONS.reduce))
    shown = {breach.name: breach for breach in engine.breaches}
    assert [broken.property for broken in result.broken] == list(shown)
    for broken in result.broken:
        schedule = parse_schedule(broken.schedule)
        again = replay(edition, chosen, schedule, OPTIONS)
        assert again.property in shown
        assert (again.steps, again.switches) == (broken.steps, broken.switches)
        assert again.trace == broken.trace
        states = follow(engine.stepper, schedule)
        assert shown[broken.property].shows(states[-1])
        assert len(schedule) == broken.steps == len(broken.trace)


@pytest.mark.parametrize("name", NAMES)
def test_fewer_switches_never_cost_steps(name: str) -> None:
    engine = explored(compile_scenario(load("v2_6_34"), parse(name), OPTIONS.reduce))
    for breach in engine.breaches:
        path = engine.found.path(breach.state)
        plain = schedule_of(engine.stepper, path)
        assert follow(engine.stepper, plain) == path
        better = _witness(engine.stepper, engine.found, breach)
        assert len(better) <= len(plain)
        assert switches(better) <= switches(plain)


def test_a_schedule_that_breaks_nothing_is_left_alone() -> None:
    stepper = make_stepper(compile_scenario(load("v2_6_34"), parse("migrate@file"), OPTIONS.reduce))
    schedule = ((0, 0),) * 5
    assert fewest_switches(stepper, schedule, lambda _states: None) == schedule


@pytest.mark.parametrize(
    ("schedule", "reason"),
    [
        ("2x1", "step 1: there is no CPU 2; this scenario has 2, numbered from 0"),
        ("0:1", "step 1: CPU 0 has 1 alternatives here, numbered from 0"),
        ("1x2", "step 2: CPU 1 has finished"),
    ],
)
def test_a_schedule_that_cannot_be_followed_says_why(schedule: str, reason: str) -> None:
    with pytest.raises(ScheduleError) as caught:
        replay(load("v2_6_34"), parse("migrate+kill@file"), parse_schedule(schedule), OPTIONS)
    assert str(caught.value) == reason
