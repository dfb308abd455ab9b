# SPDX-License-Identifier: GPL-2.0-only
"""Every screen against a golden file; `pytest --update-goldens` writes them anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from memcharge.report.check import check_text
from memcharge.report.compare import compare_text
from memcharge.report.corpus import corpus_text
from memcharge.report.listing import list_text, not_modelled_text, uncovered_text
from memcharge.report.race import RaceOptions, race_text
from memcharge.report.source import Text, diff_text, show_text
from memcharge.report.sweep import sweep_text
from tests.report.bugs import checked_bugs, known_bugs
from tests.report.records import alone, one_edition, race, swept, two_editions, unfinished

SCREENS = Path(__file__).parent / "screens"
FILE = "memcharge-run.json"
OLD = Text("f", "v2_6_34", "editions/v2_6_34/rmap.py", 7, "def f(page):\n    return 1\n")
NEW = Text("f", "mm_2010_05_07", "editions/mm.py", 3, "def f(page):\n    return 2\n")


def drawn(**options: object) -> Callable[[], str]:
    chosen = RaceOptions(**options)  # type: ignore[arg-type]
    return lambda: race_text(race(), "v2_6_34", "migrate+munmap@file", chosen)


CASES: dict[str, Callable[[], str]] = {
    "check-one-edition": lambda: check_text(one_edition(), written=FILE),
    "check-two-editions": lambda: check_text(two_editions(), written=FILE, times=False),
    "check-full": lambda: check_text(one_edition(), full=True, times=False),
    "check-incomplete": lambda: check_text(unfinished(), written=FILE, times=False),
    "compare": lambda: compare_text(
        two_editions(), {("v2_6_34", "mm_2010_05_07"): ["f", "g"]}, written=FILE, times=False
    ),
    "compare-all": lambda: compare_text(two_editions(), {}, times=False, everything=True),
    "corpus": lambda: corpus_text(known_bugs()),
    "corpus-checked": lambda: corpus_text(checked_bugs(), written=FILE, times=False),
    "race": drawn(),
    "race-all": drawn(everything=True, number=True),
    "race-locks-functions": drawn(locks=True, heads="functions"),
    "race-narrow": drawn(width=50),
    "race-markdown": drawn(format="markdown"),
    "race-one-cpu": lambda: race_text(alone(), "v2_6_34", "migrate@file"),
    "list": lambda: list_text(
        [("v2_6_34", "the text the seed patches", "v2.6.34")],
        [("migrate@file", "one file page migrates", "")],
        {"actor": {"migrate": "Move a page."}, "page kind": {"file": "a page of a file"}},
        [("no_freed_page_is_used", "a freed page is not charged", "always")],
    ),
    "list-not-modelled": lambda: not_modelled_text(
        [("lru_add_drain", "no-op", "no LRU batching"), ("copy_page", "simplified", "no data")]
    ),
    "list-uncovered": lambda: uncovered_text(
        "v2_6_34",
        8,
        [
            ("f", "rmap.py:7", 9, "return 1", ""),
            ("f", "rmap.py:7", 11, "x = 2", "swap is never full"),
        ],
        ["g", "h"],
        40,
    ),
    "sweep": lambda: sweep_text(swept(), written="memcharge-sweep.json", times=False),
    "sweep-stopped": lambda: sweep_text(swept(stopped=True), checkpoint="memcharge-sweep.mcc"),
    "show": lambda: show_text("mm_2010_05_07", [NEW]),
    "show-inherited": lambda: show_text("mm_2010_05_07", [NEW, OLD]),
    "diff": lambda: diff_text("v2_6_34", "mm_2010_05_07", [(OLD, NEW), (None, NEW), (OLD, OLD)]),
    "diff-none": lambda: diff_text("v2_6_34", "v2_6_34", [(OLD, OLD)]),
}


@pytest.mark.parametrize("name", CASES)
def test_screen_is_as_golden(name: str, request: pytest.FixtureRequest) -> None:
    golden = SCREENS / f"{name}.txt"
    text = CASES[name]()
    if request.config.getoption("--update-goldens"):
        golden.write_text(text)
    assert text == golden.read_text()


def test_every_golden_file_has_its_screen() -> None:
    assert {path.stem for path in SCREENS.iterdir()} == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_screen_is_plain_and_at_most_80_columns(name: str) -> None:
    text = CASES[name]()
    assert text.isascii()
    if not name.startswith("diff"):
        assert "\t" not in text
    assert max(map(len, text.splitlines())) <= 80
    assert all(line == line.rstrip() for line in text.splitlines())
