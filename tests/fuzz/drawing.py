# SPDX-License-Identifier: GPL-2.0-only
"""The random program of a number: always the same, and hardly ever that of another."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.locked import locked_programs
from tests.support.programs import programs, unasked
from tests.support.twins import twins

BYTES = 1 << 13  # what a program is drawn from; one that needs more is none
UNASKED = 6  # one in so many has no properties, so that more can be taken out of it

KINDS = (programs(most=4), locked_programs(most=4), twins())


def program_text(number: int) -> str | None:
    """The text of the program of that number, or None if it is none."""
    drawn: list[str] = []
    _drawer(KINDS[number % len(KINDS)])(drawn, Random(number).randbytes(BYTES))
    if not drawn:
        return None
    return unasked(drawn[0]) if number // len(KINDS) % UNASKED == 0 else drawn[0]


def _drawer(strategy: st.SearchStrategy[str]) -> Callable[[list[str], bytes], None]:
    """What draws from bytes: by Hypothesis' door for fuzzers, which never draws the same twice."""

    def draw(drawn: list[str], data: bytes) -> None:
        @settings(database=None, deadline=None, suppress_health_check=list(HealthCheck))
        @given(text=strategy)
        def take(text: str) -> None:
            drawn.append(text)

        take.hypothesis.fuzz_one_input(data)  # type: ignore[attr-defined]

    return draw
