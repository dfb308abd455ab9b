# SPDX-License-Identifier: GPL-2.0-only
"""One random program through everything, and a record of what it went through."""

from __future__ import annotations

import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from memcharge.engine.options import DEFAULT_REDUCTIONS
from memcharge.engine.schedules import count_schedules
from memcharge.ir.passes import REDUCTIONS
from tests.fuzz.engines import assert_depth_first, assert_naive, assert_native, assert_workers
from tests.fuzz.runs import (
    Chosen,
    Run,
    assert_orbits,
    assert_reduced,
    assert_same_steps,
    assert_witnesses,
    run,
)
from tests.support.small import Small, small

MOST_STATES = 2000  # without any reduction
NAIVE_STATES = 400  # that the other explorer looks at: it takes some thirty times as long

NOTHING: Chosen = frozenset()
ALONE = [frozenset([one]) for one in REDUCTIONS]
SYMMETRY = frozenset(["symmetry"])
ALL = frozenset(REDUCTIONS)
ALWAYS = [*ALONE, ALL, ALL - SYMMETRY, DEFAULT_REDUCTIONS, DEFAULT_REDUCTIONS - SYMMETRY]


@dataclass
class Told:
    """What became of a program: `how` is agreed, large or differs, `where` and `why` it differs.

    `ran` counts its runs by engine and reductions.
    """

    number: int
    how: str = "agreed"
    where: str = ""
    why: str = ""
    states: int = 0
    seconds: float = 0.0
    ran: dict[str, int] = field(default_factory=dict)

    def begins(self, engine: str, chosen: Chosen) -> None:
        """Note which run comes now."""
        self.where = f"{engine}: {named(chosen)}"
        self.ran[self.where] = self.ran.get(self.where, 0) + 1


def named(chosen: Chosen) -> str:
    """The reductions as a table has them."""
    if chosen in (ALL, DEFAULT_REDUCTIONS, NOTHING):
        return {ALL: "all", DEFAULT_REDUCTIONS: "default", NOTHING: "none"}[chosen]
    return "+".join(one for one in REDUCTIONS if one in chosen)


def compare(folder: Path, text: str, number: int, *, ray: bool = False) -> Told:
    """Let every engine and reduction find the same of a program; the number decides on the rest."""
    told, began = Told(number), time.process_time()
    try:
        _compare(told, small(folder, text), Random(number), ray=ray)
    except Exception:  # noqa: BLE001 - whatever goes wrong is what is looked for
        told.how, told.why = "differs", traceback.format_exc()
    told.seconds = time.process_time() - began
    return told


def _compare(told: Told, program: Small, chance: Random, *, ray: bool) -> None:
    told.begins("interp", NOTHING)
    whole = run(program, NOTHING, MOST_STATES)
    if whole is None:
        told.how = "large"
        return
    told.states = whole.explored.found.count
    assert_witnesses(whole)
    runs = {NOTHING: whole}
    some = frozenset(one for one in REDUCTIONS if chance.random() < 0.5)
    for chosen in dict.fromkeys([*ALWAYS, some, some ^ SYMMETRY]):
        if chosen:
            runs[chosen] = _reduced(told, program, chosen, whole)
    for chosen, once in runs.items():
        if "symmetry" in chosen:
            told.where = f"symmetry: {named(chosen)}"
            if "ample" in chosen:  # which CPU is taken alone depends on which is the first
                assert_witnesses(once)
                continue
            assert_orbits(runs[chosen - SYMMETRY], once)
            assert_witnesses(once, runs[chosen - SYMMETRY])
        elif chosen == {"dead"}:
            assert_same_steps(whole, once)
            assert_witnesses(once, whole)
        elif chosen:
            told.where = f"witness: {named(chosen)}"
            assert_witnesses(once)
    if "ample" not in some:
        told.where = "schedules"
        with_symmetry, without = runs[some | SYMMETRY], runs[some - SYMMETRY]
        assert count_schedules(with_symmetry.stepper) == count_schedules(without.stepper)
    _elsewhere(told, program, runs, chance, ray=ray)


def _reduced(told: Told, program: Small, chosen: Chosen, whole: Run) -> Run:
    told.begins("interp", chosen)
    reduced = run(program, chosen)
    assert reduced is not None
    assert_reduced(whole, reduced)
    return reduced


def _elsewhere(
    told: Told, program: Small, runs: dict[Chosen, Run], chance: Random, *, ray: bool
) -> None:
    """Some of the runs, chosen by chance, by other engines."""
    choices = list(runs)
    for chosen in chance.sample(choices, 2):
        told.begins("dfs", chosen)
        assert_depth_first(runs[chosen])
    for chosen in chance.sample(choices, 2):
        checked = chance.random() < 0.5
        told.begins("native, checked" if checked else "native", chosen)
        assert_native(runs[chosen], checked=checked)
    workers, chosen = chance.choice("123"), chance.choice(choices)
    told.begins(f"{workers} threads", chosen)
    assert_workers(runs[chosen], workers)
    plain = [one for one in choices if not one & {"dead", "symmetry", "slice", "ample"}]
    chosen = chance.choice(plain)
    if runs[chosen].explored.found.count <= NAIVE_STATES:
        told.begins("naive", chosen)
        assert_naive(runs[chosen], program.reduced(chosen))
    for chosen in chance.sample(choices, 3) if ray else ():
        told.begins("2 Ray workers", chosen)
        assert_workers(runs[chosen], "ray:2")
