# SPDX-License-Identifier: GPL-2.0-only
"""The text of a small program that has every kind of node, before and after the passes."""

from __future__ import annotations

from pathlib import Path

import pytest

from memcharge.ir.printer import print_program
from tests.support.small import small

HERE = Path(__file__).parent

TEXT = """
class Item(Struct):
    n: int = sint(4, -1)
    c: list[int] = array(2, uint(3))
    kind: int = uint(2, 2)
    ready: bool = flag()
    next: Item | None = ref("Item")


head = the("head", Item)


def start():
    head, tail = Item("head"), Item("tail")
    head.next = tail
    return {"head": head}


def cpu0():
    item = head.next
    if item is None or WARN_ON(item.kind == 1):
        return
    with atomic():
        wait_until(item.ready)
        item.ready = False
        BUG_ON(item.n < 0)
    n = choose(2)
    item.c[n] = ~n & 3
    kfree(item)


def cpu1():
    head.next.n = -head.n
    head.next.ready = not head.ready
    pass


def end_kinds_are_two() -> bool:
    for item in each(Item):
        if item.kind != 2:
            return False
    return True
"""


@pytest.mark.parametrize("reductions", ["none", "constants,private,dead"])
def test_program_prints_as_recorded(
    tmp_path: Path, reductions: str, request: pytest.FixtureRequest
) -> None:
    golden = HERE / "printed" / f"{reductions.replace(',', '-')}.txt"
    chosen = [] if reductions == "none" else reductions.split(",")
    text = print_program(small(tmp_path, TEXT).reduced(chosen))
    if request.config.getoption("--update-goldens"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")
