# SPDX-License-Identifier: GPL-2.0-only
"""From a finished search to Never, Sometimes, Always for every property.

A property of every state is Always broken if no complete run avoids the
states that break it.  A property of the end, and a finding, is Always broken
if every final state shows it.  Walks at random can tell one verdict: Sometimes,
from a run that breaks it and a complete one that does not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from memcharge.engine.explore import Found, run_avoiding
from memcharge.engine.simulate import Simulation
from memcharge.engine.slots import ENDINGS, FINDING, WARNED
from memcharge.engine.stepper import Property, Stepper
from memcharge.engine.witness import successors

FINDING_MEANINGS = {
    "deadlock": "whoever has work left can go on, or will be able to",
    "bug_on": "no BUG_ON condition is met",
    "warn_on": "no WARN_ON condition is met",
    "null_dereference": "no field is reached through a NULL pointer",
    "use_after_free": "nothing touches an object that has been freed",
}


@dataclass(frozen=True, slots=True)
class Breach:
    """A property that is broken: its verdict, the nearest state that shows it.

    `finals` of the final states break it, None for a property of every state.
    `shows` says whether a state does.
    """

    name: str
    meaning: str
    consequence: str
    when: str
    verdict: str
    state: int
    finals: int | None
    shows: Callable[[bytes], bool]


def shows_finding(stepper: Stepper, state: bytes, kind: str) -> bool:
    """Whether a final state shows a finding."""
    if kind == "warn_on":
        return bool(state[WARNED])
    if kind == "deadlock":
        if state[FINDING] or stepper.done(state):
            return False
        return not any(successors(stepper, state, cpu) for cpu in range(len(stepper.tables)))
    return ENDINGS[state[FINDING]] == kind


def breaches(stepper: Stepper, found: Found, engine: str) -> list[Breach]:
    """Every property and finding that some state breaks, nearest first."""
    result = [
        _always(stepper, found, engine, prop)
        for prop in stepper.properties
        if prop.name in found.broken
    ]
    finals = [(number, found.state(number)) for number in found.finals]
    for prop in stepper.properties:
        if prop.when == "at_end":
            bad = [
                number
                for number, state in finals
                if stepper.done(state) and not state[FINDING] and not prop.holds(state)
            ]
            if bad:
                result.append(_at_end(stepper, found, prop, bad))
    for kind, meaning in FINDING_MEANINGS.items():
        bad = [number for number, state in finals if shows_finding(stepper, state, kind)]
        if bad:
            shows = _finding_test(stepper, kind)
            verdict = _share(found, bad)
            result.append(Breach(kind, meaning, "", "at_end", verdict, bad[0], len(bad), shows))
    return sorted(result, key=lambda breach: breach.state)


def _finding_test(stepper: Stepper, kind: str) -> Callable[[bytes], bool]:
    return lambda state: shows_finding(stepper, state, kind)


def _always(stepper: Stepper, found: Found, engine: str, prop: Property) -> Breach:
    verdict = "Incomplete"
    if not found.incomplete:
        # Where no run is ever complete, none is always anything.
        avoidable = not found.finals or run_avoiding(
            stepper, found, engine, [prop], lambda _state: True
        )
        verdict = "Sometimes" if avoidable else "Always"
    elif isinstance(found, Simulation) and prop.name in found.spared:
        verdict = "Sometimes"
    return Breach(
        prop.name,
        prop.meaning,
        prop.consequence,
        prop.when,
        verdict,
        found.broken[prop.name],
        None,
        lambda state: not prop.holds(state),
    )


def _at_end(stepper: Stepper, found: Found, prop: Property, bad: list[int]) -> Breach:
    return Breach(
        prop.name,
        prop.meaning,
        prop.consequence,
        prop.when,
        _share(found, bad),
        bad[0],
        len(bad),
        lambda state: stepper.done(state) and not state[FINDING] and not prop.holds(state),
    )


def _share(found: Found, bad: list[int]) -> str:
    if len(bad) == len(found.finals):
        return "Incomplete" if found.incomplete else "Always"
    return "Incomplete" if found.incomplete and not isinstance(found, Simulation) else "Sometimes"


def overall(stepper: Stepper, found: Found, engine: str, broken: list[Breach]) -> str:
    """The verdict on the scenario: Always if no complete run keeps every property."""
    if found.incomplete:
        clean = found.clean if isinstance(found, Simulation) and broken else set()
        spared = any(not any(one.shows(state) for one in broken) for state in clean)
        return "Sometimes" if spared else "Incomplete"
    if not broken:
        return "Never"
    if any(breach.verdict == "Always" for breach in broken):
        return "Always"
    if not found.finals:
        return "Sometimes"
    names = {breach.name for breach in broken if breach.when == "always"}
    always = [prop for prop in stepper.properties if prop.name in names]
    ends = [breach.shows for breach in broken if breach.when == "at_end"]
    good = run_avoiding(
        stepper, found, engine, always, lambda state: not any(shows(state) for shows in ends)
    )
    return "Sometimes" if good else "Always"
