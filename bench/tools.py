# SPDX-License-Identifier: GPL-2.0-only
"""The tools: what each needs, what it can express, how it is run, how its figures are read."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench import models
from bench.models import Checked, Counter, Model

ROOT = Path(__file__).resolve().parents[1]
Commands = list[list[str]]


@dataclass(frozen=True)
class Plan:
    """`untimed` writes the model; `timed` is all that a user of the tool then runs."""

    untimed: Commands
    timed: Commands


@dataclass(frozen=True)
class Figures:
    """What a tool says it explored; None where it does not say."""

    states: int | None
    transitions: int | None = None
    unit: str = "states"


@dataclass(frozen=True)
class Tool:
    """One row of the table.

    `plan` is given the model and an empty folder; None if the tool cannot
    express the model.  `read` gets what the last command printed, and the folder.
    """

    name: str
    needs: tuple[str, ...]
    plan: Callable[[Model, Path], Plan | None]
    read: Callable[[str, Path], Figures]
    version: tuple[str, ...] = ()
    same_states: bool = True
    once: bool = False  # so slow that the first round says enough

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(one for one in self.needs if shutil.which(one) is None)


def _written(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return name


def _checked(model: Model, folder: Path) -> tuple[str, str]:
    """The edition and the scenario as memcharge wants them."""
    if isinstance(model, Counter):
        return _written(folder, "counter.py", models.memcharge(model)), "all"
    edition = model.edition
    return str(ROOT / edition) if edition.endswith(".py") else edition, model.scenario


FULL = "constants,private,dead"  # every state for itself, private work joined to accesses


def _memcharge(engine: str, reduce: str = FULL) -> Callable[[Model, Path], Plan]:
    def plan(model: Model, folder: Path) -> Plan:
        edition, scenario = _checked(model, folder)
        command = [sys.executable, "-m", "memcharge", "check", edition, "-s", scenario]
        chosen = ["--engine", engine, "--reduce", reduce]
        return Plan([], [[*command, *chosen, "--json", "run.json"]])

    return plan


def _memcharge_figures(_: str, folder: Path) -> Figures:
    record = json.loads((folder / "run.json").read_text())
    result = record["runs"][0]["results"][0]
    assert result["complete"]
    return Figures(result["states"], result["transitions"])


def _spin(generate: list[str], define: list[str]) -> Callable[[Model, Path], Plan]:
    def plan(model: Model, folder: Path) -> Plan:
        untimed: Commands = []
        if isinstance(model, Counter):
            _written(folder, "model.pml", models.promela(model))
        else:
            export = [sys.executable, "-m", "memcharge", "export", "promela"]
            source = [*_checked(model, folder), "--reduce", FULL]
            untimed = [[*export, *source, "-o", "model.pml"]]
        return Plan(
            untimed,
            [
                ["spin", "-a", *generate, "model.pml"],
                ["gcc", "-O2", "-w", "-DSAFETY", "-DVECTORSZ=8192", *define, "-o", "pan", "pan.c"],
                ["./pan", "-c0", "-E", "-m1000000", "-w24"],
            ],
        )

    return plan


def _spin_figures(output: str, _: Path) -> Figures:
    assert "max search depth too small" not in output
    states = re.search(r"(\d+) states, stored", output)
    transitions = re.search(r"(\d+) transitions", output)
    assert states, output
    assert transitions, output
    return Figures(int(states[1]), int(transitions[1]))


def _rumur(symmetric: bool) -> Callable[[Model, Path], Plan | None]:
    def plan(model: Model, folder: Path) -> Plan | None:
        if isinstance(model, Checked):
            return None
        source = _written(folder, "model.m", models.murphi(model, symmetric=symmetric))
        generate = ["rumur", "--threads", "1", "--deadlock-detection", "off"]
        return Plan(
            [],
            [
                [*generate, "--output", "model.c", source],
                ["gcc", "-O3", "-std=c11", "-w", "-o", "model", "model.c", "-lpthread"],
                ["./model"],
            ],
        )

    return plan


def _rumur_figures(output: str, _: Path) -> Figures:
    found = re.search(r"(\d+) states, (\d+) rules fired", output)
    assert found, output
    assert "No error found" in output, output
    return Figures(int(found[1]), int(found[2]))


def _harmony(model: Model, folder: Path) -> Plan | None:
    if isinstance(model, Checked):
        return None
    source = _written(folder, "model.hny", models.harmony(model))
    return Plan([], [["harmony", "--noweb", "--suppress", "-R", "-w", "1", source]])


def _harmony_figures(output: str, _: Path) -> Figures:
    found = re.search(r"(\d+) states \(", output)
    assert found, output
    assert "No issues found" in output, output
    return Figures(int(found[1]))


def _frontrun(model: Model, folder: Path) -> Plan | None:
    if isinstance(model, Checked):
        return None
    source = _written(folder, "model.py", models.frontrun(model))
    return Plan([], [["frontrun", "python", source]])


def _frontrun_figures(output: str, _: Path) -> Figures:
    found = re.search(r"(\d+) executions", output)
    assert found, output
    return Figures(int(found[1]), None, "executions")


def _python(model: Model, folder: Path) -> Plan | None:
    if isinstance(model, Checked):
        return None
    return Plan([], [[sys.executable, _written(folder, "model.py", models.python(model))]])


def _python_figures(output: str, _: Path) -> Figures:
    found = re.search(r"(\d+) states (\d+) transitions", output)
    assert found, output
    return Figures(int(found[1]), int(found[2]))


SPIN = ("spin", "gcc")
EXACT = ["-o1", "-o2", "-o3"]  # no dead variables, merging or rewriting: every step as written
TOOLS = (
    Tool("memcharge full", (), _memcharge("native"), _memcharge_figures),
    Tool(
        "memcharge default",
        (),
        _memcharge("native", "default"),
        _memcharge_figures,
        same_states=False,
    ),
    Tool(
        "memcharge all",
        (),
        _memcharge("native", "all"),
        _memcharge_figures,
        same_states=False,
    ),
    Tool("memcharge interp", (), _memcharge("interp"), _memcharge_figures, once=True),
    Tool("SPIN full", SPIN, _spin(EXACT, ["-DNOREDUCE"]), _spin_figures, ("spin", "-V")),
    Tool("SPIN default", SPIN, _spin([], []), _spin_figures, ("spin", "-V"), same_states=False),
    Tool("Rumur", ("rumur", "gcc"), _rumur(False), _rumur_figures, ("rumur", "--version")),
    Tool(
        "Rumur scalarset",
        ("rumur", "gcc"),
        _rumur(True),
        _rumur_figures,
        ("rumur", "--version"),
        same_states=False,
    ),
    Tool("Harmony", ("harmony",), _harmony, _harmony_figures, ("harmony", "-v"), same_states=False),
    Tool("frontrun", ("frontrun",), _frontrun, _frontrun_figures, same_states=False, once=True),
    Tool("plain Python", (), _python, _python_figures, once=True),
)
