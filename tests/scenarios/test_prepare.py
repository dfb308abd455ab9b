# SPDX-License-Identifier: GPL-2.0-only
"""Which combinations of actors and modifiers there can be."""

from __future__ import annotations

import pytest

from memcharge.editions.chain import load
from memcharge.scenarios import ScenarioError, from_name


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("truncate@file,writeback", "add the actor end_io"),
        ("migrate+end_io@file", "add the modifier writeback"),
        ("splice@file", "splice has nothing to do; add the modifier unmapped"),
    ],
)
def test_an_actor_and_its_modifier_come_together(name: str, remedy: str) -> None:
    with pytest.raises(ScenarioError, match=remedy):
        from_name(name).prepare(load("v2_6_35"))


def test_a_pair_is_prepared() -> None:
    ready = from_name("truncate+end_io@file,writeback").prepare(load("v2_6_34"))
    assert [actor.function.__name__ for actor in ready.actors] == ["truncate", "end_io"]


def test_a_program_with_two_areas_has_no_child() -> None:
    """The child would be in the address space of the parent, and wait for its own lock."""
    with pytest.raises(ScenarioError, match="no child_vma"):
        from_name("fork@anon,double").prepare(load("v2_6_34"))
    assert from_name("fork@anon").prepare(load("v2_6_34")).actors
