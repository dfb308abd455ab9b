# SPDX-License-Identifier: GPL-2.0-only
"""Runs SPIN on a model: its exact counts."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

needs_spin = pytest.mark.skipif(
    not (shutil.which("spin") and shutil.which("cc")),
    reason="spin and a C compiler are not installed",
)


@dataclass(frozen=True)
class Counts:
    """What SPIN says of a model, unreduced: errors with `-c0`, and the text of each kind."""

    states: int
    transitions: int
    errors: int
    report: str

    @property
    def complete(self) -> bool:
        return "max search depth too small" not in self.report


def spin(folder: Path, model: str) -> Counts:
    """Let SPIN explore a model to the end, errors or not."""
    (folder / "model.pml").write_text(model, encoding="utf-8")
    said = _run(folder, "spin", "-a", "-o1", "-o2", "-o3", "model.pml")
    assert not said.strip(), said
    _run(folder, "cc", "-w", "-O0", "-DNOREDUCE", "-DVECTORSZ=8192", "-o", "pan", "pan.c")
    report = _run(folder, "./pan", "-c0", "-m1000000", "-w20")
    return Counts(
        _figure(report, r"(\d+) states, stored"),
        _figure(report, r"(\d+) transitions \(= stored\+matched\)"),
        _figure(report, r"errors: (\d+)"),
        report,
    )


def _run(folder: Path, *command: str) -> str:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def _figure(report: str, pattern: str) -> int:
    found = re.search(pattern, report)
    assert found is not None, report
    return int(found[1])
