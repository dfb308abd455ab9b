# SPDX-License-Identifier: GPL-2.0-only
"""Every file that can hold a comment names its licence first."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.repo.tree import ROOT, files, relative

if TYPE_CHECKING:
    from pathlib import Path

LICENCE = "GPL-2.0-only"
LINE = f"SPDX-License-Identifier: {LICENCE}"

# Prose is exempt, and so is what has no comments, such as JSON.
SUFFIXES = (".py", ".pyi", ".toml", ".sh", ".yml", ".c", ".js", ".css", ".html")
MARKERS = re.compile(r"^(#|//|/\*|<!--) | (\*/|-->)$")


def names_its_licence(text: str) -> bool:
    first, *rest = text.split("\n", 2)
    if first.startswith("#!") or first.lower().startswith("<!doctype"):
        first = rest[0] if rest else ""
    return MARKERS.search(first) is not None and MARKERS.sub("", first) == LINE


def commented_files() -> list[Path]:
    return [*files(suffixes=SUFFIXES), *files(".ci")]


def test_every_file_names_its_licence_first() -> None:
    assert [relative(p) for p in commented_files() if not names_its_licence(p.read_text())] == []


def test_the_licence_text_is_there() -> None:
    text = (ROOT / "LICENSES" / f"{LICENCE}.txt").read_text()
    assert "GNU GENERAL PUBLIC LICENSE" in text
    assert "Version 2, June 1991" in text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"# {LINE}\n", True),
        (f"#!/bin/bash\n# {LINE}\nset -e\n", True),
        (f"// {LINE}\n", True),
        (f"/* {LINE} */\n", True),
        (f"<!DOCTYPE html>\n<!-- {LINE} -->\n", True),
        (f"{LINE}\n", False),
        (f'"""Doc."""\n# {LINE}\n', False),
        (f"# {LINE} OR MIT\n", False),
        ("# SPDX-License-Identifier: GPL-2.0-or-later\n", False),
        ("", False),
    ],
)
def test_the_line_is_exact_and_comes_first(text: str, expected: bool) -> None:
    assert names_its_licence(text) is expected
