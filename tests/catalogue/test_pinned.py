# SPDX-License-Identifier: GPL-2.0-only
"""Every scenario keeps its verdict, its exact counts and the length of its witnesses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from memcharge.editions.chain import known, load
from memcharge.scenarios import STORY, all_of, parse
from memcharge.scenarios.scenario import pins
from tests.catalogue.pin import FOLDER, measure

DEFAULT = ("v2_6_34", "mm_2010_05_07")
CHEAP = 10_000  # states
EVERY = 24  # of the other editions' cheap scenarios one in so many is checked at once


def cases(*, long: bool) -> Iterator[tuple[str, str]]:
    """Scenario and edition: cheap ones of the default editions and a few others; then the rest."""
    for at, edition in enumerate(known()):
        for number, (name, pin) in enumerate(pins(edition).items()):
            cheap = pin["states"] < CHEAP and (edition in DEFAULT or number % EVERY == at % EVERY)
            if long != (cheap or (edition in DEFAULT and name in STORY)):
                yield name, edition


@pytest.mark.parametrize(("name", "edition"), [*cases(long=False)])
def test_a_scenario_has_its_pinned_figures(name: str, edition: str) -> None:
    assert measure(load(edition), parse(name)) == pins(edition)[name]


@pytest.mark.long
@pytest.mark.parametrize(("name", "edition"), [*cases(long=True)])
def test_any_other_scenario_has_its_pinned_figures(name: str, edition: str) -> None:
    assert measure(load(edition), parse(name)) == pins(edition)[name]


@pytest.mark.parametrize("edition", known())
def test_every_scenario_that_an_edition_can_run_is_pinned(edition: str) -> None:
    assert [*pins(edition)] == [one.name for one in all_of(load(edition))]


def test_there_are_no_pins_but_of_editions() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(known())


def test_the_story_is_told_by_the_pins() -> None:
    before, after = (pins(edition) for edition in DEFAULT)
    assert (before["migrate@file"]["verdict"], after["migrate@file"]["verdict"]) == (
        "Always",
        "Never",
    )
    assert "no_freed_page_is_charged" in before["migrate+truncate@file"]["broken"]
    assert after["migrate+truncate@file"]["verdict"] == "Never"


@pytest.mark.parametrize(
    ("edition", "scenario", "broken"),
    [
        ("mm_2010_04_13_nishimura", "migrate@anon", "every_page_in_use_is_charged"),
        ("mm_2010_04_13_kamezawa", "migrate+truncate@file", "no_freed_page_is_charged"),
        ("mm_2010_04_13_kamezawa", "migrate+hold@file", "file_mapped_matches_mapcount"),
        ("mm_2010_04_14", "migrate@file", "no_charge_without_user"),
        ("mm_2010_04_15", "migrate+hold@anon", "every_page_in_use_is_charged"),
    ],
)
def test_a_draft_shows_its_own_defect_and_the_seed_does_not(
    edition: str, scenario: str, broken: str
) -> None:
    def found(one: str) -> Any:
        return pins(one)[scenario]["broken"]

    assert broken in found(edition)
    assert broken not in found("mm_2010_05_07")
