# SPDX-License-Identifier: GPL-2.0-only
"""The lines that some schedule reached: those, and no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from memcharge.engine.coverage import coverage
from tests.support.explored import SUBSETS, explored
from tests.support.small import HEAD, small

TEXT = """
class Box(Struct):
    n: int = uint(4)
    m: int = uint(4)


box = the("box", Box)


def start():
    return {"box": Box("box")}


def helper(a: Box) -> int:
    if a.n == 7:
        return 1  # not reached
    return 2


def cpu0():
    box.m = helper(box)
    if box.n == 1:
        box.m = 3
    elif box.n == 9:
        box.m = 4  # not reached
    else:
        pass
    while box.n == 8:
        box.m = 5  # not reached
    for i in range(2):
        if i == 1:
            continue
        box.m = i
    with atomic():
        wait_until(box.n > 0)
        box.m = 6
    if box.n == 3:
        BUG_ON(box.m == 6)
        box.m = 7  # not reached


def cpu1():
    box.n = 1
    box.n = choose(2) + 2
    with atomic():
        wait_until(box.n == 0)
        box.n = 4  # not reached


def never():
    box.n = 9  # not reached
"""


@pytest.mark.parametrize("reductions", SUBSETS, ids=lambda s: "+".join(sorted(s)))
def test_covered_are_the_lines_that_some_schedule_reached(
    tmp_path: Path, reductions: frozenset[str]
) -> None:
    result = explored(small(tmp_path, TEXT).reduced(reductions))
    lines = (HEAD + TEXT).splitlines()
    covered = coverage(result.stepper).lines
    assert set(covered) == {"cpu0", "cpu1", "helper"}
    reached = {line for found in covered.values() for line in found}
    silent = ("def ", "with ", "else:", "class ", "return {", "    n:", "    m:", "box =", "from ")
    for number, line in enumerate(lines, 1):
        if "not reached" in line:
            assert number not in reached, line
        elif number in reached:
            assert line.strip(), number
        elif number > min(reached) and not line.startswith("def never"):
            assert not line.strip() or line.strip().startswith(silent), line
