# SPDX-License-Identifier: GPL-2.0-only
"""What one worker left several go on from, and the other way round; ^C is heard between rounds."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from memcharge.engine import CheckpointError, Options, Progress, check
from memcharge.engine import recovery as recovery_module
from memcharge.engine.native import search as native
from memcharge.engine.parallel import search as rounds
from memcharge.engine.parallel.merged import level_starts
from memcharge.engine.saved import Kept
from memcharge.scenarios import parse
from memcharge.trace import Result
from tests.support.stopped import EDITION, go_on
from tests.support.stopped import recovery as recovery_of

SCENARIO = "migrate+munmap@file"  # broken, 11,903 states as it is reduced here
LARGE = "migrate+munmap@anon,shared"  # 671,911 if private steps are not joined
PRIVATE = frozenset({"constants", "dead", "private"})
CREWS = ["", "2", "3", "2", "", "3"]


def options(workers: str, most: int | None = None) -> Options:
    return Options(engine="native", workers=workers, max_states=most, reduce=PRIVATE)


def figures(result: Result) -> tuple[object, ...]:
    """What must come out the same, whoever searched."""
    broken = [(one.property, one.verdict, one.steps, one.final_broken) for one in result.broken]
    counts = result.states, result.transitions, result.depth, result.final_states
    return result.verdict, counts, sorted(broken)


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "FIRST", 200)
    monkeypatch.setattr(rounds, "STRIDE", 128)


def test_whoever_goes_on_comes_to_the_same_end(tmp_path: Path) -> None:
    wanted = go_on(tmp_path / "once", SCENARIO, options(""))
    most = [wanted.states * part // 8 for part in range(1, 7)]
    for workers, states in zip(CREWS, most, strict=True):
        stopped = go_on(tmp_path / "it", SCENARIO, options(workers, states))
        assert stopped.verdict == "Incomplete"
        assert states <= stopped.states < wanted.states
    assert figures(go_on(tmp_path / "it", SCENARIO, options("2"))) == figures(wanted)


def test_a_checkpoint_of_several_has_its_states_in_the_order_of_one(tmp_path: Path) -> None:
    """The parents of a level lie in the level before it, and only among what is expanded."""
    path = tmp_path / "it"
    go_on(path, SCENARIO, options("3", 5000))
    [kept] = recovery_of(path, options("3"), SCENARIO).searches.values()
    parents = array_of(kept, "parents")
    starts = level_starts(parents)
    assert starts[-1] == kept.figures["level_end"]
    assert len(starts) == kept.figures["depth"] + 2
    assert max(parents) < kept.figures["current"]
    for before, first, last in zip(starts, starts[1:], [*starts[2:], len(parents)], strict=False):
        assert before <= min(parents[first:last])
        assert max(parents[first:last]) < first


def array_of(kept: Kept, name: str) -> Any:
    return np.frombuffer(kept.read(name, 4 * kept.figures["count"]), np.uint32)


def large(workers: str, most: int | None = None, memory: int | None = None) -> Options:
    return replace(options(workers, most), max_memory=memory, reduce=PRIVATE - {"private"})


def test_too_little_memory_to_go_on_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "it"
    monkeypatch.setattr(rounds, "STRIDE", 1 << 14)
    go_on(path, LARGE, large("2", 600_000))
    with pytest.raises(CheckpointError, match="give more with --max-memory"):
        go_on(path, LARGE, large("2", memory=1 << 20))


def test_what_is_kept_again_and_again_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery_module, "SHARE", 1e9)
    wanted = go_on(tmp_path / "once", SCENARIO, options(""))
    kept = recovery_of(tmp_path / "it", options("2"), SCENARIO, every=0.0)
    result = check(EDITION, parse(SCENARIO), options("2"), None, kept.pair(0, SCENARIO))
    assert kept.searches, "nothing was kept"
    assert figures(result) == figures(wanted)


@pytest.mark.parametrize("workers", ["2", "3"])
def test_an_interrupt_in_a_round_ends_it_first(tmp_path: Path, workers: str) -> None:
    told: list[int] = []

    def interrupt(progress: Progress) -> None:
        told.append(progress.states)
        if len(told) == 5:
            os.kill(os.getpid(), signal.SIGINT)

    wanted = go_on(tmp_path / "once", SCENARIO, options(""))
    stopped = go_on(tmp_path / "it", SCENARIO, options(workers), interrupt)
    assert stopped.incomplete == "interrupted"
    assert told[-1] <= stopped.states < wanted.states
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert figures(go_on(tmp_path / "it", SCENARIO, options(workers))) == figures(wanted)


def test_a_full_memory_is_told_and_what_was_found_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "it"
    monkeypatch.setattr(rounds, "STRIDE", 1 << 14)
    stopped = go_on(path, LARGE, large("2", memory=1 << 20))
    assert stopped.incomplete == f"memory for {stopped.states:,} states is full"
    wanted = go_on(tmp_path / "once", LARGE, large(""))
    assert figures(go_on(path, LARGE, large("2"))) == figures(wanted)
