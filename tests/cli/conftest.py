# SPDX-License-Identifier: GPL-2.0-only
"""A command line whose engine and catalogue are made up, so that a test says what is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from memcharge.cli import verbs
from memcharge.engine import ScheduleError
from memcharge.scenarios import ScenarioError
from tests.report.records import alone, race, result

VERBS = ("check", "compare", "race", "show", "diff", "list")


@dataclass
class World:
    """What the made-up engine finds, and what it was asked."""

    found: dict[tuple[str, str], Any] = field(default_factory=dict)
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    scenarios: tuple[str, ...] = ("migrate@anon", "migrate@file", "migrate+munmap@file")

    def run(self, *args: str) -> Result:
        return CliRunner().invoke(verbs, list(args))

    def load(self, name: str) -> Any:
        return SimpleNamespace(
            name=name.removesuffix(".py"), provenance="a mail", summary="a text",
            namespace={"_functions": functions}, origin={"_functions": name}, own=("_functions",),
            declared=None, path=Path(name),
        )  # fmt: skip

    def parse(self, name: str) -> Any:
        if name not in self.scenarios:
            raise ScenarioError(f"no scenario {name}; did you mean migrate@file?")
        return SimpleNamespace(name=name, summary="a page migrates", actors=("migrate",))

    def check(
        self, edition: Any, scenario: Any, options: Any, progress: Any = None, *_: Any
    ) -> Any:
        self.asked.append((edition.name, scenario.name, options))
        found = self.found.get((edition.name, scenario.name))
        if isinstance(found, BaseException):
            if progress:
                progress(SimpleNamespace(states=77, queue=3, depth=5))
            raise found
        return found or result(scenario.name, "Never")

    def replay(self, edition: Any, scenario: Any, schedule: Any, options: Any) -> Any:
        if len(schedule) > 10:
            raise ScheduleError("CPU 1 cannot take step 11: waits for page PG_locked")
        return race()


def functions() -> int:
    return 1


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> World:
    monkeypatch.chdir(tmp_path)
    world = World()
    world.found["v2_6_34", "migrate@file"] = result("migrate@file", "Always", (alone(),))
    world.found["v2_6_34", "migrate+munmap@file"] = result(
        "migrate+munmap@file", "Sometimes", (race(),)
    )
    engine = import_module("memcharge.engine")
    monkeypatch.setattr(engine, "check", world.check)
    monkeypatch.setattr(import_module("memcharge.analysis.corpus"), "check", world.check)
    monkeypatch.setattr(engine, "replay", world.replay)
    replaced: dict[str, Callable[..., Any] | tuple[str, ...]] = {
        "load": world.load,
        "find": lambda _, name: world.parse(name),
        "all_of": lambda _: tuple(world.parse(name) for name in world.scenarios),
        "catalogue": lambda: tuple(world.parse(name) for name in world.scenarios),
        "STORY": ("migrate@anon", "migrate@file"),
    }
    for module_name in (*(f"cli.{verb}" for verb in VERBS), "analysis.corpus"):
        module = import_module(f"memcharge.{module_name}")
        for name, value in replaced.items():
            if hasattr(module, name):
                monkeypatch.setattr(module, name, value)
    return world
