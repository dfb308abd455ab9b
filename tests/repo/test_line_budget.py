# SPDX-License-Identifier: GPL-2.0-only
"""How long a file, a function and the whole may be, so that each can still be read.

Aim for functions under 40 lines: what fits a screen with its callers.  The test fails at 60, since
a dispatch over all kinds of statement, or a kernel function, is not clearer for being cut in two.
Docstrings do not count against a function.  A file over its limit is split, or is listed below
with the reason why it cannot be.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from tests.repo.tree import files, relative

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LINES_PER_FILE = 400
LINES_PER_FUNCTION = 60
LINES_IN_ALL = {"src": 41_000, "tests": 20_000, "bench": 2_000, "examples": 2_000}

# path -> why it may be longer
LONGER_FILES: dict[str, str] = {}
# path:function -> why it may be longer
LONGER_FUNCTIONS: dict[str, str] = {}

WRITTEN_BY_HAND = (".py", ".c", ".js", ".css", ".html", ".toml", ".sh")


def length(path: Path) -> int:
    return len(path.read_text().splitlines())


def function_lengths(source: str) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            has_docstring = ast.get_docstring(node, clean=False) is not None
            docstring = (first.end_lineno or 0) - first.lineno + 1 if has_docstring else 0
            yield node.name, (node.end_lineno or 0) - node.lineno + 1 - docstring


def test_no_file_is_longer_than_its_limit() -> None:
    measured = {relative(p): length(p) for p in files(*LINES_IN_ALL, suffixes=WRITTEN_BY_HAND)}
    longer = {name for name, lines in measured.items() if lines >= LINES_PER_FILE}
    assert longer == set(LONGER_FILES)


def test_no_function_is_longer_than_its_limit() -> None:
    longer = {
        f"{relative(path)}:{name}"
        for path in files(*LINES_IN_ALL, suffixes=(".py",))
        for name, lines in function_lengths(path.read_text())
        if lines >= LINES_PER_FUNCTION
    }
    assert longer == set(LONGER_FUNCTIONS)


@pytest.mark.parametrize("folder", LINES_IN_ALL)
def test_the_whole_stays_within_its_budget(folder: str) -> None:
    lines = sum(length(path) for path in files(folder, suffixes=WRITTEN_BY_HAND))
    assert lines <= LINES_IN_ALL[folder]


def test_a_function_is_measured_without_its_docstring() -> None:
    source = (
        'def f():\n    """One.\n\n    Two.\n    """\n    def g():\n        pass\n    return g\n'
    )
    assert dict(function_lengths(source)) == {"f": 4, "g": 2}
