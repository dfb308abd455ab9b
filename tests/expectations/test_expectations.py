# SPDX-License-Identifier: GPL-2.0-only
"""Every edition keeps the counters that others' tests expect of its kernel."""

from __future__ import annotations

import pytest

from tests.expectations.report import DOCUMENT, document
from tests.expectations.run import editions, seen
from tests.expectations.table import ALL, Expectation

PAIRS = [(said, edition) for said in ALL for edition in editions(said)]


@pytest.mark.parametrize(
    ("said", "edition"), PAIRS, ids=[f"{said.source}-{edition}" for said, edition in PAIRS]
)
def test_an_edition_keeps_the_expected_counters(said: Expectation, edition: str) -> None:
    assert seen(edition, said) == said.counters


def test_an_expectation_can_fail() -> None:
    wrong = Expectation("nobody", "anon", (), {"rss": 2})
    assert seen("v2_6_34", wrong) != wrong.counters


def test_the_page_of_the_documentation_is_current() -> None:
    assert DOCUMENT.read_text("utf-8") == document(), "run: python -m tests.expectations"
