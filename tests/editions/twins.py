# SPDX-License-Identifier: GPL-2.0-only
"""An edition with a function changed, to see what breaks without what was changed."""

from __future__ import annotations

import inspect
from pathlib import Path

from memcharge.editions.chain import Edition, load
from memcharge.engine.check import check
from memcharge.engine.options import Options
from memcharge.scenarios import parse

HEAD = 'from memcharge.kernel import *\n\nBASE = "{}"\nPROVENANCE = "a test"\n\n\n'


def twin(folder: Path, function: str, *changes: tuple[str, str], base: str = "v2_6_34") -> Edition:
    """An edition, 2.6.34 as a rule, with one function changed: each text in it by another."""
    text = inspect.getsource(load(base).namespace[function])
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / "twin.py"
    path.write_text(HEAD.format(base) + text, encoding="utf-8")
    return load(str(path))


def broken(edition: Edition, name: str) -> list[str]:
    """The properties that a scenario breaks."""
    result = check(edition, parse(name), Options())
    assert result.complete
    return [one.property for one in result.broken]
