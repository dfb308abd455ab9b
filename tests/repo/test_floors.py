# SPDX-License-Identifier: GPL-2.0-only
"""A module imports its own floor's folder and lower floors only; docs/architecture.md says why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.repo.floors import ALLOWED, PACKAGE, forbidden_imports
from tests.repo.tree import ROOT, files

if TYPE_CHECKING:
    from pathlib import Path


def test_no_module_imports_a_floor_above_or_a_forbidden_neighbour() -> None:
    found = forbidden_imports(ROOT / "src" / PACKAGE)
    assert not found, "\n".join(map(str, found))


def test_every_folder_of_the_package_has_a_floor() -> None:
    package = ROOT / "src" / PACKAGE
    parts = {p.relative_to(package).parts for p in files(f"src/{PACKAGE}", suffixes=(".py",))}
    folders = {part[0] for part in parts if len(part) > 1}
    assert folders <= set(ALLOWED)


FORBIDDEN = [
    ("kernel/mm.py", "from memcharge.editions import v2_6_34"),
    ("kernel/mm.py", "def f():\n    import memcharge.engine.interp"),
    ("kernel/mm.py", "import importlib\nimportlib.import_module('memcharge.lang')"),
    ("trace/record.py", "from memcharge.kernel import Page"),
    ("trace/record.py", "from memcharge import __version__"),
    ("editions/lineage.py", "from memcharge.scenarios import catalogue"),
    ("editions/v2_6_34/rmap.py", "from ...ir import spec"),
    (
        "scenarios/catalogue.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n import memcharge.ir",
    ),
    ("scenarios/catalogue.py", "from memcharge import trace"),
    ("ir/spec.py", "from memcharge.lang.errors import Unsupported"),
    ("ir/spec.py", "from ..lang import errors"),
    ("lang/build.py", "import memcharge.engine as e"),
    ("engine/bfs.py", "from .. import report"),
    ("analysis/shrink.py", "from memcharge.live import audit"),
    ("live/audit.py", "from memcharge.engine import run"),
    ("live/conformity.py", "from memcharge.engine import run"),
    ("live/conform.py", "from memcharge.analysis import shrink"),
    ("report/text.py", "from memcharge.kernel import Page"),
    ("report/text.py", "from memcharge import __version__"),
    ("report/text.py", "import memcharge"),
    ("report/text.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n import memcharge.ir"),
    ("unheard_of/thing.py", "from memcharge.kernel import Page"),
]

PERMITTED = [
    (
        "kernel/mm.py",
        "import os\nfrom .struct import Struct\nfrom memcharge.kernel.flow import atomic",
    ),
    (
        "editions/v2_6_34/rmap.py",
        "from memcharge.kernel import *\nfrom memcharge.editions import base",
    ),
    (
        "editions/v2_6_34/rmap.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n import memcharge.scenarios",
    ),
    (
        "scenarios/actors/pages.py",
        "import typing\nif typing.TYPE_CHECKING:\n from memcharge.lang import names",
    ),
    ("scenarios/catalogue.py", "from memcharge.editions import lineage"),
    ("lang/build.py", "from memcharge.ir import spec"),
    ("engine/record.py", "from memcharge import __version__\nfrom memcharge.trace import record"),
    ("live/conform.py", "from memcharge.engine import run"),
    ("live/conform/steps.py", "from memcharge.engine import run"),
    ("report/text.py", "from memcharge.trace.record import Run\nimport memchargeable"),
    ("cli/check.py", "from memcharge.live import audit\nfrom memcharge.report import text"),
    ("cli/texts.py", "import memcharge\nfrom memcharge import __version__"),
    ("__main__.py", "from memcharge.cli import main"),
]


def write_package(folder: Path, name: str, text: str) -> Path:
    package = folder / PACKAGE
    module = package / name
    module.parent.mkdir(parents=True)
    module.write_text(text)
    return package


@pytest.mark.parametrize(("name", "text"), FORBIDDEN)
def test_a_wrong_tree_is_found_out(tmp_path: Path, name: str, text: str) -> None:
    (found,) = forbidden_imports(write_package(tmp_path, name, text))
    assert str(found).startswith(str(tmp_path / PACKAGE / name))


@pytest.mark.parametrize(("name", "text"), PERMITTED)
def test_a_right_tree_is_left_alone(tmp_path: Path, name: str, text: str) -> None:
    assert forbidden_imports(write_package(tmp_path, name, text)) == []
