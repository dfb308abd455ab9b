# SPDX-License-Identifier: GPL-2.0-only
"""Checks that are stopped and go on, and what must come out the same."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from memcharge.editions.chain import load
from memcharge.engine import Asked, Options, PairKeeper, Recovery, Stored, check, texts
from memcharge.scenarios import parse
from memcharge.trace import Result

EDITION = load("v2_6_34")


def asked(options: Options, *scenarios: str) -> Asked:
    screen = {"no_times": True, "full": False}
    return Asked((EDITION.name,), scenarios, options, "run.json", screen)


def recovery(path: Path, options: Options, scenario: str, every: float = 1e9) -> Recovery:
    """A new one, or what goes on from the file if that is there."""
    stored = Stored(path) if path.exists() else None
    return Recovery(path, asked(options, scenario), texts([EDITION]), every, stored)


def go_on(path: Path, scenario: str, options: Options, progress: Any = None) -> Result:
    """One process of a check: from the checkpoint, if there is one, to the next stop."""
    kept = recovery(path, options, scenario)
    result = check(EDITION, parse(scenario), options, progress, kept.pair(0, scenario))
    kept.finished(0, result)
    if result.complete:
        kept.remove()
    else:
        kept.stop()
    assert not kept.problem
    return untimed(result)


def untimed(result: Result) -> Result:
    return replace(result, cpu_seconds=0.0)


def in_steps(path: Path, scenario: str, options: Options, steps: Iterable[int]) -> Result:
    """Stop a check at so many states, then at so many, and so on; then let it end."""
    for states in steps:
        stopped = go_on(path, scenario, replace(options, max_states=states))
        assert stopped.verdict == "Incomplete"
        assert stopped.incomplete == f"--max-states {states} reached"
        assert path.exists()
    return go_on(path, scenario, options)


def record(path: Path) -> Any:
    """A record without what differs from run to run."""
    data = json.loads(path.read_text())
    for run in data["runs"]:
        del run["cpu_seconds"]
        for result in run["results"]:
            del result["cpu_seconds"]
    return data


__all__ = ["EDITION", "PairKeeper", "asked", "go_on", "in_steps", "record", "recovery", "untimed"]
