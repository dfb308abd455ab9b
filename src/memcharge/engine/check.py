# SPDX-License-Identifier: GPL-2.0-only
"""Check one scenario of one edition, and replay one schedule of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from memcharge.editions.chain import Edition
from memcharge.engine.coverage import Coverage, coverage
from memcharge.engine.explore import Found, crew_of, explore
from memcharge.engine.found import Progress, Unfinished
from memcharge.engine.options import Options
from memcharge.engine.orbits import named_groups
from memcharge.engine.prepare import compile_scenario
from memcharge.engine.recovery import PairKeeper
from memcharge.engine.schedules import count_schedules
from memcharge.engine.slots import FINDING
from memcharge.engine.stepper import Stepper, make_stepper
from memcharge.engine.tracing import observed, read_places, trace_of
from memcharge.engine.verdict import FINDING_MEANINGS, Breach, breaches, overall, shows_finding
from memcharge.engine.witness import fewest_switches, follow, schedule_of
from memcharge.engine.workers import WorkerLost
from memcharge.ir.digest import digest
from memcharge.ir.nodes import Program
from memcharge.ir.slicing import shown
from memcharge.scenarios import Scenario
from memcharge.trace import Broken, Certificate, Result, Schedule, format_schedule, switches
from memcharge.trace.witness import cause


def check(
    edition: Edition,
    scenario: Scenario,
    options: Options,
    progress: Callable[[Progress], None] | None = None,
    keeper: PairKeeper | None = None,
    program: Program | None = None,
) -> Result:
    """Explore every interleaving of a scenario and judge every property.

    `program` is what the scenario compiles to, if that is at hand.

    With a keeper it goes on from what that holds, and hands it what is to be
    kept.  Raises LangError for a text outside the language, FieldOverflow for
    a value too wide for its field, CheckpointError for a search of another text.
    """
    before = time.process_time()
    stepper = make_stepper(program or compile_scenario(edition, scenario, options.reduce))
    fingerprint = digest(stepper.program)
    if keeper is not None:
        keeper.begin(fingerprint)
    found, engine = explore(stepper, options, progress, keeper)
    verdict, told = _judged(stepper, found, engine)
    _, elsewhere = crew_of(found)
    reached = coverage(stepper) if engine == "interp" else Coverage()
    return Result(
        scenario=scenario.name,
        summary=scenario.summary,
        verdict=verdict,
        complete=not found.incomplete,
        states=found.count,
        transitions=found.transitions,
        depth=found.depth,
        final_states=len(found.finals),
        cpus=tuple(graph.name for graph in stepper.program.cpus),
        broken=told,
        properties=(*(prop.name for prop in stepper.properties), *FINDING_MEANINGS),
        incomplete=found.incomplete,
        expected=scenario.expected(edition.name),
        cpu_seconds=time.process_time() - before + elsewhere + (keeper.seconds if keeper else 0),
        engine=engine,
        certificate=_certificate(stepper, found, engine, options, fingerprint),
        covered=reached.lines,
        seen=reached.seen,
    )


def _judged(stepper: Stepper, found: Found, engine: str) -> tuple[str, tuple[Broken, ...]]:
    """The verdict, and what is broken; neither is final if the search is not complete."""
    try:
        broken = breaches(stepper, found, engine)
        witnesses = [(breach, _witness(stepper, found, breach)) for breach in broken]
        return overall(stepper, found, engine, broken), _told(stepper, witnesses)
    except (Unfinished, WorkerLost) as error:
        found.incomplete = str(error)
        return _judged(stepper, found, engine)


def _certificate(
    stepper: Stepper, found: Found, engine: str, options: Options, program: str
) -> Certificate:
    complete = not found.incomplete
    return Certificate(
        complete=complete,
        why=found.incomplete,
        exact=True,
        engine=engine,
        search=options.search,
        reductions=tuple(sorted(options.reduce)),
        program=program,
        states=found.count,
        transitions=found.transitions,
        final_states=len(found.finals),
        depth=found.depth,
        schedules=count_schedules(stepper) if options.schedules and complete else None,
        workers=crew_of(found)[0],
        interchangeable=named_groups(stepper.program) if options.search != "simulate" else (),
    )


def _witness(stepper: Stepper, found: Found, breach: Breach) -> Schedule:
    """The schedule that was found to show a breach, with as few switches as can be had.

    It is the shortest, if the search was breadth first and took no steps alone;
    a warning's is that of a whole run, and may be cut where the warning shows.
    """

    def broken_at(states: list[bytes]) -> int | None:
        for number, state in enumerate(states):
            if breach.shows(state):
                return number
        return None

    return fewest_switches(stepper, schedule_of(stepper, found.path(breach.state)), broken_at)


def _told(stepper: Stepper, witnesses: list[tuple[Breach, Schedule]]) -> tuple[Broken, ...]:
    """Breaches with their witnesses, as the record tells them."""
    paths = [follow(stepper, schedule) for _, schedule in witnesses]
    whole = shown(stepper.program)  # a trace shows what was sliced away too
    watched = stepper if whole is stepper.program else make_stepper(whole)
    reads = {prop.name: prop.elements for prop in stepper.properties}
    told = []
    for (breach, schedule), path in zip(witnesses, paths, strict=True):
        elements = reads.get(breach.name, frozenset())
        told.append(
            Broken(
                property=breach.name,
                meaning=breach.meaning,
                consequence=breach.consequence,
                verdict=breach.verdict,
                steps=len(schedule),
                switches=switches(schedule),
                schedule=format_schedule(schedule),
                when=breach.when,
                final_broken=breach.finals,
                reads=read_places(stepper, elements),
                observed=observed(stepper, elements, path[-1]),
                trace=trace_of(watched, schedule, follow(watched, schedule)),
            )
        )
    return tuple(replace(one, cause=cause(one)) for one in told)


def replay(
    edition: Edition, scenario: Scenario, schedule: Schedule, options: Options, wanted: str = ""
) -> Broken:
    """Follow one schedule; what it breaks first, or a Broken without a property.

    With `wanted`, whether it breaks that property.

    Raises ScheduleError if the schedule cannot be followed.
    """
    stepper = make_stepper(compile_scenario(edition, scenario, options.reduce))
    breach = _first_breach(stepper, follow(stepper, schedule), wanted)
    return _told(stepper, [(breach, schedule)])[0]


def _first_breach(stepper: Stepper, states: list[bytes], wanted: str) -> Breach:
    """What a run breaks first, if nothing is wanted; a breach without a name if nothing."""
    ended = stepper.done(states[-1]) and not states[-1][FINDING]
    for number, state in enumerate(states, 1):
        for prop in stepper.properties:
            due = prop.when == "always" or (ended and number == len(states))
            if wanted in ("", prop.name) and due and not prop.holds(state):
                return _shown(prop.name, prop.meaning, prop.consequence, prop.when)
    for kind, meaning in FINDING_MEANINGS.items():
        if wanted in ("", kind) and shows_finding(stepper, states[-1], kind):
            return _shown(kind, meaning, "", "at_end")
    return _shown("", "", "", "always")


def _shown(name: str, meaning: str, consequence: str, when: str) -> Breach:
    verdict = "Sometimes" if name else "Never"
    return Breach(name, meaning, consequence, when, verdict, 0, None, lambda _state: True)
