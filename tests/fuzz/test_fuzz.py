# SPDX-License-Identifier: GPL-2.0-only
"""Random programs go through everything alike, and what is wrong somewhere does not pass."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from memcharge.engine.native.search import NativeSearch
from memcharge.engine.orbits import Orbits
from memcharge.engine.parallel.search import PartitionedSearch
from memcharge.ir import passes
from memcharge.ir.nodes import End, Program, Wait
from tests.fuzz.__main__ import _block
from tests.fuzz.block import numbers, told
from tests.fuzz.comparing import Told
from tests.fuzz.drawing import program_text
from tests.fuzz.summary import Summary
from tests.repo.tree import ROOT
from tests.support.programs import unasked


def some(folder: Path, *which: int) -> list[Told]:
    return [told(number, folder, ray=False) for number in which]


def first_difference(folder: Path, *which: int) -> str:
    """Where the first of these differs that does; nothing if none does."""
    results = (told(number, folder, ray=False) for number in which)
    return next((one.where for one in results if one.how == "differs"), "")


def differing(results: list[Told]) -> list[str]:
    return [f"{one.number} {one.where}\n{one.why}" for one in results if one.how == "differs"]


def test_random_programs_agree(tmp_path: Path) -> None:
    results = some(tmp_path, *range(30))
    assert differing(results) == []
    assert sum(one.how == "agreed" for one in results) > 15


@pytest.mark.long
def test_many_random_programs_agree(tmp_path: Path) -> None:
    assert differing(some(tmp_path, *range(30, 1000))) == []


def test_a_number_always_has_the_same_program_and_others_have_others() -> None:
    texts = [program_text(number) for number in range(60)]
    assert texts == [program_text(number) for number in range(60)]
    assert len(set(texts)) > 50


def test_a_program_can_do_without_properties() -> None:
    text = program_text(3) or ""
    assert "def always_" in text
    left = unasked(text)
    assert "def always_" not in left
    assert "def end_" not in left
    assert left.count("\ndef cpu") == text.count("\ndef cpu") > 0


def glue_after_stores(program: Program) -> None:
    """Too much in one step, but never round a loop."""
    for graph in program.cpus:
        for number, node in enumerate(graph.nodes):
            if node.next > number and type(node).__name__ == "Store":
                graph.nodes[node.next].glued = not isinstance(graph.nodes[node.next], End | Wait)


def test_a_wrong_reduction_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passes, "merge_sections", glue_after_stores)
    found = first_difference(tmp_path, *range(1, 30, 3))
    assert "sections" in found or "all" in found


def test_orbits_that_are_not_told_apart_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Orbits, "chosen", lambda _self, state, _keys: state)
    found = first_difference(tmp_path, *range(2, 30, 3))
    assert found.endswith(("symmetry", "all", "default"))


@pytest.mark.parametrize("engine", [NativeSearch, PartitionedSearch])
def test_an_engine_that_miscounts_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: type
) -> None:
    real = engine.transitions.fget  # type: ignore[attr-defined]
    monkeypatch.setattr(engine, "transitions", property(lambda self: real(self) + 1))
    found = first_difference(tmp_path, *range(9))
    assert found.startswith(("native", "1 threads", "2 threads", "3 threads"))


def test_a_process_that_dies_is_a_disagreement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "python"
    path.write_text(DYING, encoding="utf-8")
    path.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(path))
    (agreed, died) = _block(7, 3, 0, "")
    assert (agreed.number, agreed.how) == (7, "agreed")
    assert (died.number, died.how, died.where) == (8, "differs", "process")
    assert "-9\nso it is" in died.why


DYING = """#!/bin/sh
echo '{"number": 7}'
echo '{"number": 7, "how": "agreed"}'
echo '{"number": 8}'
echo so it is >&2
kill -9 $$
"""


def test_ray_has_its_own_programs_and_none_is_left_out() -> None:
    both = [list(numbers(95, 20, 10, ray=ray)) for ray in (False, True)]
    assert both[1] == [100, 110]
    assert sorted(both[0] + both[1]) == list(range(95, 115))
    assert list(numbers(0, 3, 0, ray=True)) == []


def test_a_summary_counts_runs_and_says_what_differs() -> None:
    summary = Summary()
    summary.add(Told(1, states=5, ran={"interp: none": 1, "native: slice+dead": 2}))
    summary.add(Told(2, "differs", "interp: all", "why", ran={"interp: all": 1}))
    summary.add(Told(3, "large"))
    whole = summary.whole()
    assert "compared: 2 programs of 3 numbers" in whole
    assert "disagreements: 1" in whole
    assert "runs: 4, under 3 sets of reductions" in whole
    assert summary.differing == [2]


def test_the_command_says_what_it_did(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.fuzz", "--seed", "4", "--programs", "3", "--jobs", "1"]
    command += ["--ray-every", "0", "--out", str(tmp_path)]
    paths = {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | paths
    )
    assert done.returncode == 0, done.stderr
    assert "programs 4 to 6; others: --seed 7" in done.stdout
    assert "disagreements: 0" in done.stdout
