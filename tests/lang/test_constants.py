# SPDX-License-Identifier: GPL-2.0-only
"""A condition that a constant argument decides, compiled."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.explored import explored
from tests.support.small import small

TEXT = """
class Box(Struct):
    n: int = uint(2)


box = the("box", Box)


def start():
    return {"box": Box("box")}


def is_empty(it: Box) -> bool:
    return it.n == 0


def fill(it: Box, skip: bool) -> None:
    if not skip and is_empty(it):
        it.n = 1
    if skip or is_empty(it):
        it.n += 2


def cpu0() -> None:
    fill(box, SKIP)
"""


@pytest.mark.parametrize(("skip", "left"), [("True", 2), ("False", 1)])
def test_a_call_behind_a_constant_is_run_or_left_out(tmp_path: Path, skip: str, left: int) -> None:
    program = small(tmp_path, TEXT.replace("SKIP", skip)).compiled()
    assert explored(program).values("box.n") == {left}
