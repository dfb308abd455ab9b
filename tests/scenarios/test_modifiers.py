# SPDX-License-Identifier: GPL-2.0-only
"""What modifiers about memory that lacks, and about what is chosen at boot, change."""

from __future__ import annotations

from typing import Any

import pytest

from memcharge.editions.chain import load
from memcharge.scenarios import find
from memcharge.scenarios.shape import Prepared

EDITIONS = ("v2_6_29", "v2_6_34", "v3_4")


def prepared(edition: str, scenario: str) -> Prepared:
    loaded = load(edition)
    return find(loaded, scenario).prepare(loaded)


def run(start: Prepared, *choices: int) -> dict[str, Any]:
    """Run the only actor in plain Python; the objects by name."""
    (actor,) = start.actors
    objects = {obj.name: obj for pool in start.machine.pools.values() for obj in pool}
    start.machine.choices = list(choices)
    with start.machine.running(actor.globals["current"]):
        actor.function(*actor.arguments)
    return objects


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize(("modifier", "counted"), [("noswapaccount", 0), ("peak", 1)])
def test_memory_and_swap_are_counted_unless_chosen_otherwise(
    edition: str, modifier: str, counted: int
) -> None:
    found = run(prepared(edition, f"migrate@anon,{modifier}"))
    assert found["memcg"].res.usage == 1
    assert found["memcg"].memsw.usage == counted


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize(("choices", "usage", "pages"), [((0, 0, 0), 1, 1), ((0, 0, 1), 0, 0)])
def test_a_page_that_no_tree_takes_is_uncharged(
    edition: str, choices: tuple[int, ...], usage: int, pages: int
) -> None:
    found = run(prepared(edition, "fault@file,empty,failslab,fail_page_alloc"), *choices)
    assert found["memcg"].res.usage == usage
    assert found["inode_mapping"].nrpages == pages


@pytest.mark.parametrize(("choices", "usage"), [((0,), 1), ((1,), 0)])
def test_a_page_that_is_not_there_is_not_charged(choices: tuple[int, ...], usage: int) -> None:
    found = run(prepared("v2_6_34", "cow@anon,empty,fail_page_alloc"), *choices)
    assert found["memcg"].res.usage == usage
