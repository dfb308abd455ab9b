# SPDX-License-Identifier: GPL-2.0-only
"""What pyproject.toml promises is what the tree holds."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

import memcharge
from tests.repo.tree import ROOT, files, relative

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(name="project")
def read_project() -> dict[str, Any]:
    loaded: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return loaded


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\s<>=!~;\[]", line, maxsplit=1)[0] for line in requirements}


def third_party_imports() -> set[str]:
    found: set[str] = set()
    for path in files("src", suffixes=(".py",)):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module)
    tops = {name.partition(".")[0] for name in found}
    return tops - sys.stdlib_module_names - {"memcharge"}


def test_dependencies_are_those_imported(project: dict[str, Any]) -> None:
    extras = project["optional-dependencies"]
    optional = {name for extra in extras if extra != "test" for name in names(extras[extra])}
    required = names(project["dependencies"])
    imported = third_party_imports()
    assert imported <= required | optional
    assert required <= imported


def test_changelog_has_an_entry_for_the_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text()
    assert f"## [{memcharge.__version__}]" in changelog or "## [Unreleased]" in changelog


def test_ci_runs_the_commands_of_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    script = (ROOT / ".ci" / "run").read_text().splitlines()
    for command in (
        "python3 -m venv .venv && .venv/bin/pip install -e '.[test]'",
        ".venv/bin/python -m pytest",
    ):
        assert f"\n{command}\n" in readme
        assert command in script


@pytest.mark.long
def test_wheel_holds_every_tracked_file_of_the_package(tmp_path: Path) -> None:
    build = ["wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path), str(ROOT)]
    subprocess.run([sys.executable, "-m", "pip", *build], check=True)
    (wheel,) = tmp_path.glob("memcharge-*.whl")
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if "dist-info" not in name}
    assert packed == {relative(path).removeprefix("src/") for path in files("src")}
