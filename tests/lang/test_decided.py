# SPDX-License-Identifier: GPL-2.0-only
"""A call behind what is decided when the program is compiled needs no result."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.explored import explored
from tests.support.small import small

TEXT = """
class Word(Struct):
    value: int = uint(3)

word = the("word", Word)

def start() -> dict[str, Struct]:
    return {{"word": Word("word")}}

def large(number: int) -> bool:
    return number > 2

def chosen(flags: int) -> int:
    if {condition}:
        return 1
    return 2

def cpu0() -> None:
    word.value = chosen(0)
"""


@pytest.mark.parametrize(
    ("condition", "value"),
    [
        ("word.value == 0 and (flags == 0 or large(flags))", 1),
        ("word.value == 0 and (flags != 0 and large(flags))", 2),
        ("large(3) if flags == 0 else large(flags)", 1),
        ("large(flags) if flags != 0 else large(1)", 2),
    ],
)
def test_what_is_behind_a_decision_is_left_out(tmp_path: Path, condition: str, value: int) -> None:
    program = small(tmp_path, TEXT.format(condition=condition))
    assert explored(program.compiled()).values("word.value") == {value}
