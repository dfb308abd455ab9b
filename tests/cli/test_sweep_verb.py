# SPDX-License-Identifier: GPL-2.0-only
"""`memcharge sweep`: what it writes, how it goes on, and how its witnesses are drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from memcharge.analysis import sweep
from memcharge.cli import verbs
from memcharge.engine import recovery
from memcharge.scenarios import from_name
from memcharge.trace.files import read
from tests.repo.tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from memcharge.trace import Record

FEW = ("migrate@file", "migrate@file,shared", "munmap@anon", "truncate@anon")


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A sweep of four combinations, so that a test takes a second."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sweep.Width, "scenarios", lambda _: iter([from_name(one) for one in FEW]))


def run(*args: str) -> Result:
    return CliRunner().invoke(verbs, [*args])


def figures(record: Record) -> list[tuple[str, str, int]]:
    return [(one.scenario, one.verdict, one.states) for one in record.runs[0].results]


@pytest.mark.usefixtures("few")
def test_a_sweep_tells_causes_and_keeps_a_record() -> None:
    done = run("sweep", "v2_6_34", "--no-times")
    assert done.exit_code == 1
    assert "1 cause, cheapest witness first" in done.stdout
    assert "file_mapped_matches_mapcount, in 1 scenario and 1 that add to them" in done.stdout
    assert "4 combinations: 1 cannot be, 0 are the same program as another, 3" in done.stdout
    record = read("memcharge-sweep.json")
    assert [scenario for scenario, _, _ in figures(record)] == [*FEW[:3]]
    assert record.runs[0].swept["impossible"] == 1


@pytest.mark.usefixtures("few")
def test_compiling_what_is_swept_counts_as_time_too() -> None:
    run("sweep", "v2_6_34")
    (done,) = read("memcharge-sweep.json").runs
    assert done.cpu_seconds > sum(one.cpu_seconds for one in done.results) > 0


@pytest.mark.usefixtures("few")
def test_every_witness_can_be_drawn_though_one_alone_has_its_trace() -> None:
    run("sweep", "v2_6_34")
    for number, scenario in ((1, "migrate@file"), (2, "migrate@file,shared")):
        done = run("race", f"memcharge-sweep.json#{number}")
        assert done.exit_code == 0
        assert done.stdout.startswith(f"BUG: memcharge: file_mapped_matches_mapcount, {scenario}")
        assert "CPU 0" in done.stdout


@pytest.mark.usefixtures("few")
def test_a_sweep_that_was_stopped_goes_on_to_the_same_end() -> None:
    run("sweep", "v2_6_34", "--json", "whole.json")
    stopped = run("sweep", "v2_6_34", "--budget", "0.000001", "--json", "part.json")
    assert stopped.exit_code == 3
    assert "memcharge resume memcharge-sweep.mcc" in stopped.stdout
    done = run("resume", "memcharge-sweep.mcc")
    assert done.exit_code == 1
    assert figures(read("part.json")) == figures(read("whole.json"))


@pytest.mark.usefixtures("few")
def test_a_sweep_of_another_tool_says_what_to_do_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    run("sweep", "v2_6_34", "--budget", "0.000001")
    monkeypatch.setattr(recovery, "_counts", lambda path: path.name == "__init__.py")
    done = run("resume", "memcharge-sweep.mcc")
    assert done.exit_code == 2
    assert done.stderr.strip().endswith("begin again with 'memcharge sweep'")


def test_a_protocol_of_its_own_is_refused_in_one_line() -> None:
    done = run("sweep", str(ROOT / "examples" / "shared_counter.py"))
    assert done.exit_code == 2
    assert "is a protocol of its own" in done.stderr
