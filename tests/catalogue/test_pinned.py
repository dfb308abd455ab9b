# SPDX-License-Identifier: GPL-2.0-only
"""Every scenario keeps its verdict, its exact counts and the length of its witnesses."""

from __future__ import annotations

import pytest

from memcharge.editions.chain import load
from memcharge.scenarios import STORY, catalogue, parse
from memcharge.scenarios.scenario import pins
from tests.catalogue.pin import measure, runners

DEFAULT = ("v2_6_34", "mm_2010_05_07")
CHEAP = 60_000  # states
RUNNERS = runners()


def cases(*, long: bool) -> list[tuple[str, str]]:
    """Scenario and edition: the default editions' and cheap ones at once, the others later."""
    found = []
    for name, editions in pins().items():
        for edition, pin in editions.items():
            states = pin["states"]
            assert isinstance(states, int)
            soon = edition in DEFAULT and (states < CHEAP or name in STORY)
            if soon != long:
                found.append((name, edition))
    return found


@pytest.mark.parametrize(("name", "edition"), cases(long=False))
def test_a_scenario_has_its_pinned_figures(name: str, edition: str) -> None:
    scenario = parse(name)
    assert measure(load(edition), scenario) == scenario.pinned[edition]


@pytest.mark.long
@pytest.mark.parametrize(("name", "edition"), cases(long=True))
def test_a_dear_scenario_has_its_pinned_figures(name: str, edition: str) -> None:
    scenario = parse(name)
    assert measure(load(edition), scenario) == scenario.pinned[edition]


@pytest.mark.parametrize("name", [one.name for one in catalogue()])
def test_every_scenario_is_pinned_for_every_edition_that_can_run_it(name: str) -> None:
    assert set(parse(name).pinned) == {edition.name for edition in RUNNERS[name]}


def test_the_story_is_told_by_the_pins() -> None:
    alone = pins()["migrate@file"]
    assert [alone[edition]["verdict"] for edition in DEFAULT] == ["Always", "Never"]
    truncated = pins()["migrate+truncate@file"]["v2_6_34"]["broken"]
    assert isinstance(truncated, dict)
    assert "no_freed_page_is_charged" in truncated
    assert pins()["migrate+truncate@file"]["mm_2010_05_07"]["verdict"] == "Never"


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
    found = pins()[scenario][edition]["broken"]
    seed = pins()[scenario]["mm_2010_05_07"]["broken"]
    assert isinstance(found, dict)
    assert isinstance(seed, dict)
    assert broken in found
    assert broken not in seed
