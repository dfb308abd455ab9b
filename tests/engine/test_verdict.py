# SPDX-License-Identifier: GPL-2.0-only
"""Never, Sometimes, Always and Incomplete, on programs small enough to see why."""

from __future__ import annotations

from pathlib import Path

import pytest

from memcharge.engine import Options, Progress
from memcharge.engine.bfs import search
from memcharge.engine.explore import explore
from memcharge.engine.stepper import make_stepper
from memcharge.engine.verdict import breaches, overall
from tests.support.explored import FINE, explored
from tests.support.small import Small, small

START = """
class Box(Struct):
    n: int = uint(4)
    m: int = uint(4)


box = the("box", Box)


def start():
    return {"box": Box("box")}


def always_n_is_not_one() -> bool:
    return box.n != 1


def end_m_is_zero() -> bool:
    return box.m == 0


"""

# (what CPU 0 and CPU 1 do, the verdict on each, the verdict on the whole)
VERDICTS: dict[str, tuple[str, str, dict[str, str], str]] = {
    "nothing is broken": ("box.n = 2", "box.m = 0", {}, "Never"),
    "every run passes the bad state": (
        "box.n = 1\n    box.n = 2",
        "pass",
        {"always_n_is_not_one": "Always"},
        "Always",
    ),
    "a run can go around the bad state": (
        "if box.m == 0:\n        box.n = 1",
        "box.m = 2\n    box.m = 0",
        {"always_n_is_not_one": "Sometimes"},
        "Sometimes",
    ),
    "every end is bad": ("box.m = 1", "box.m = 2", {"end_m_is_zero": "Always"}, "Always"),
    "one end is bad": ("box.m = 1", "box.m = 0", {"end_m_is_zero": "Sometimes"}, "Sometimes"),
    "bad on the way is not bad at the end": ("box.m = 1\n    box.m = 0", "pass", {}, "Never"),
    "every run breaks the one or the other": (
        "if choose(2) == 1:\n        box.n = 1\n    else:\n        box.m = 1",
        "pass",
        {"always_n_is_not_one": "Sometimes", "end_m_is_zero": "Sometimes"},
        "Always",
    ),
    "every run ends in a finding": ("BUG_ON(box.m == 0)", "pass", {"bug_on": "Always"}, "Always"),
    "some runs end in a finding": (
        "BUG_ON(box.n == 2)",
        "box.n = 2",
        {"bug_on": "Sometimes"},
        "Sometimes",
    ),
    "a run that a finding ends has no end to judge": (
        "box.m = 1\n    BUG_ON(box.m == 1)",
        "pass",
        {"bug_on": "Always"},
        "Always",
    ),
    "a finding keeps a run from the bad state": (
        "BUG_ON(choose(2) == 1)\n    box.n = 1",
        "pass",
        {"bug_on": "Sometimes", "always_n_is_not_one": "Sometimes"},
        "Always",
    ),
    "everybody waits for ever": (
        "with atomic():\n        wait_until(box.n == 3)",
        "pass",
        {"deadlock": "Always"},
        "Always",
    ),
    "a warning in every run": ("WARN_ON(box.m == 0)", "pass", {"warn_on": "Always"}, "Always"),
}


def program(folder: Path, one: str, other: str) -> Small:
    return small(folder, f"{START}def cpu0():\n    {one}\n\n\ndef cpu1():\n    {other}\n")


@pytest.mark.parametrize("claim", VERDICTS)
def test_verdict_is_as_the_runs_are(tmp_path: Path, claim: str) -> None:
    one, other, expected, whole = VERDICTS[claim]
    result = explored(program(tmp_path, one, other).reduced(FINE))
    assert result.broken == expected
    assert overall(result.stepper, result.found, "interp", list(result.breaches)) == whole


def test_a_start_state_can_be_bad(tmp_path: Path) -> None:
    text = START.replace('Box("box")', 'Box("box", n=1)') + "def cpu0():\n    box.n = 2\n"
    result = explored(small(tmp_path, text).reduced(FINE))
    assert result.broken == {"always_n_is_not_one": "Always"}
    assert [breach.state for breach in result.breaches] == [0]


def test_final_states_that_show_a_breach_are_counted(tmp_path: Path) -> None:
    result = explored(program(tmp_path, "box.m = choose(3)", "pass").reduced(FINE))
    (breach,) = result.breaches
    assert (breach.finals, len(result.found.finals)) == (2, 3)


# --- limits -------------------------------------------------------------------------

LARGE = "for i in range(15):\n        box.m = i"


def limited(folder: Path, monkeypatch: pytest.MonkeyPatch, **limits: float) -> tuple[str, str, int]:
    """Search a program that breaks both properties early on, and look at every state."""
    monkeypatch.setattr("memcharge.engine.found.LOOK_EVERY", 1)
    stepper = make_stepper(program(folder, "box.n = 1", LARGE).reduced(FINE))
    found = search(stepper, Options(**limits))  # type: ignore[arg-type]
    broken = breaches(stepper, found, "interp")
    assert all(breach.verdict == "Incomplete" for breach in broken)
    return found.incomplete, overall(stepper, found, "interp", broken), len(found.states)


def test_limit_on_states_makes_it_incomplete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reason, verdict, states = limited(tmp_path, monkeypatch, max_states=10)
    assert (reason, verdict) == ("--max-states 10 reached", "Incomplete")
    assert 10 <= states <= 12


def test_limit_on_memory_makes_it_incomplete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reason, verdict, _ = limited(tmp_path, monkeypatch, max_memory=1000)
    assert (reason, verdict) == ("--max-memory reached, at about 0 MiB", "Incomplete")


def test_limit_on_time_makes_it_incomplete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reason, verdict, _ = limited(tmp_path, monkeypatch, seconds=0)
    assert (reason, verdict) == ("--time 0 reached", "Incomplete")


def test_limits_that_are_not_hit_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memcharge.engine.found.LOOK_EVERY", 1)
    stepper = make_stepper(program(tmp_path, "box.n = 1", LARGE).reduced(FINE))
    generous = Options(max_states=10**6, max_memory=10**9, seconds=1000)
    found, free = search(stepper, generous), search(stepper, Options())
    assert found == free
    assert not found.incomplete


def test_interrupt_keeps_what_was_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("memcharge.engine.found.LOOK_EVERY", 1)
    told: list[Progress] = []

    def interrupt(progress: Progress) -> None:
        told.append(progress)
        if progress.states > 20:
            raise KeyboardInterrupt

    stepper = make_stepper(program(tmp_path, "box.n = 1", LARGE).reduced(FINE))
    found = search(stepper, Options(), interrupt)
    assert found.incomplete == "interrupted"
    assert "always_n_is_not_one" in found.broken
    assert overall(stepper, found, "interp", breaches(stepper, found, "interp")) == "Incomplete"
    assert [one.states for one in told] == sorted(one.states for one in told)
    assert told[-1].queue == len(found.states) - len(told)


def test_where_no_run_ends_nothing_is_always_broken(tmp_path: Path) -> None:
    program = small(
        tmp_path, START + "def cpu0():\n    while True:\n        box.n = 1\n        box.n = 0\n"
    )
    found = explored(program.reduced(FINE))
    assert found.found.finals == []
    assert found.broken == {"always_n_is_not_one": "Sometimes"}


@pytest.mark.parametrize("workers", ["", "2"])
def test_what_the_last_step_breaks_before_the_run_ends_there_is_unavoidable(
    tmp_path: Path, workers: str
) -> None:
    text = "def cpu0():\n    with atomic():\n        box.n = 1\n        BUG_ON(True)\n"
    stepper = make_stepper(small(tmp_path, START + text).reduced(FINE))
    found, engine = explore(stepper, Options(engine="native", workers=workers), None)
    broken = {one.name: one.verdict for one in breaches(stepper, found, engine)}
    assert broken == explored(stepper.program).broken
    assert broken == {"always_n_is_not_one": "Always", "bug_on": "Always"}
