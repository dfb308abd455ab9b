# SPDX-License-Identifier: GPL-2.0-only
"""Nothing in the text depends on the machine it was written on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.repo.tree import files, relative

if TYPE_CHECKING:
    from pathlib import Path

# Folders of one machine, not those that every Linux has; in pieces, so that this file may be read.
MACHINE_PATH = re.compile(
    rf"(?<![\w.])/(?:{'wor' + 'k'}|{'tm' + 'p'}|{'ho' + 'me'}|{'ro' + 'ot'})/"
)


def machine_paths(text: str) -> list[str]:
    return [line for line in text.splitlines() if MACHINE_PATH.search(line)]


def read(path: Path) -> str:
    return path.read_text(errors="replace")


def test_no_file_holds_a_path_of_one_machine() -> None:
    assert {relative(p): found for p in files() if (found := machine_paths(read(p)))} == {}


def test_every_text_file_ends_in_one_newline() -> None:
    texts = {relative(p): read(p) for p in files("src", "docs", "*.md") if p.stat().st_size}
    assert [name for name, text in texts.items() if text != text.rstrip("\n") + "\n"] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see /" + "tmp/run.json", True),
        ('"/' + "work/main", True),
        ("/proc/kpagecgroup and /sys/fs/cgroup", False),
        ("docs/work/one.md", False),
    ],
)
def test_a_path_of_one_machine_is_found(text: str, expected: bool) -> None:
    assert bool(machine_paths(text)) is expected
