# SPDX-License-Identifier: GPL-2.0-only
"""The engine finds what a naive explorer finds, on the scenarios that people run."""

from __future__ import annotations

import pytest

from memcharge.editions.chain import load
from memcharge.engine.prepare import compile_scenario
from memcharge.ir.nodes import Program
from memcharge.scenarios import all_of, parse
from memcharge.scenarios.scenario import pins
from tests.engine.naive import explore
from tests.support.explored import ALL, complete, explored

EDITIONS = ("v2_6_34", "mm_2010_05_07")
ALONE = [one.name for one in all_of(load("v2_6_34")) if len(one.actors) == 1]
SHORT_PAIRS = [
    "migrate+kill@file",
    "migrate+kill@anon",
    "migrate+end_io@file,writeback",
    "migrate+end_io@anon,writeback",
    "munmap+fault@file",
    "munmap+truncate@file",
]
MERGED = ("constants", "private")


def pairs(at_most: int) -> list[tuple[str, str]]:
    """The scenarios of two actors, with their editions, that are pinned at so few states.

    Unreduced there are up to 60 times as many, merged up to 5 times, and this
    explorer needs 16 KiB for each.
    """
    return [
        (name, edition)
        for edition in EDITIONS
        for name, pin in pins(edition).items()
        if pin["states"] <= at_most and name not in SHORT_PAIRS and len(parse(name).actors) == 2
    ]


both_editions = pytest.mark.parametrize("edition", EDITIONS)


def compiled(edition: str, name: str, *reductions: str) -> Program:
    return compile_scenario(load(edition), parse(name), reductions)


def assert_same(naive: Program, reduced: Program) -> None:
    """Both explorers reach the same ends and break the same properties."""
    plain, engine = explore(naive), explored(reduced)
    assert complete(plain.outcomes) == complete(engine.outcomes)
    assert {one.how for one in plain.outcomes} == {one.how for one in engine.outcomes}
    assert plain.broken.keys() == engine.broken.keys()


@both_editions
@pytest.mark.parametrize("name", [*ALONE, *SHORT_PAIRS])
def test_all_reductions_keep_what_the_unreduced_graph_shows(name: str, edition: str) -> None:
    assert_same(compiled(edition, name), compiled(edition, name, *ALL))


def test_generated_steps_of_two_cpus_do_what_their_nodes_say() -> None:
    """And in as few steps.  The graph is merged beforehand, so that this takes seconds."""
    name = "migrate+munmap@file"
    plain = explore(compiled("v2_6_34", name, "constants", "private", "sections"))
    engine = explored(compiled("v2_6_34", name, "constants", "private", "sections", "dead"))
    assert plain.outcomes == engine.outcomes
    steps = {one.name: len(engine.found.path(one.state)) - 1 for one in engine.breaches}
    assert plain.broken == steps


@pytest.mark.parametrize("name", ["migrate@file", "migrate@anon,limit"])
def test_unreduced_states_and_steps_are_those_of_the_graph(name: str) -> None:
    naive = explore(compiled("v2_6_34", name))
    engine = explored(compiled("v2_6_34", name))
    assert engine.counts == (naive.states, naive.transitions, naive.finals)


@pytest.mark.long
@pytest.mark.parametrize(("name", "edition"), pairs(2_000))
def test_all_reductions_keep_what_the_unreduced_graph_of_two_shows(name: str, edition: str) -> None:
    assert_same(compiled(edition, name), compiled(edition, name, *ALL))


@pytest.mark.long
@pytest.mark.parametrize(("name", "edition"), pairs(10_000))
def test_all_reductions_keep_what_the_merged_graph_of_two_shows(name: str, edition: str) -> None:
    assert_same(compiled(edition, name, *MERGED), compiled(edition, name, *ALL))
