# SPDX-License-Identifier: GPL-2.0-only
"""`memcharge compare` and `corpus`: what they explore, what they write, what they end with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from memcharge.analysis.corpus import bugs
from memcharge.trace.files import read
from tests.report.records import result

if TYPE_CHECKING:
    from tests.cli.conftest import World

TWO = ("v2_6_34", "mm_2010_05_07")


def test_compare_checks_each_edition_in_the_same_scenarios(world: World) -> None:
    done = world.run("compare", *TWO, "-s", "migrate@file", "-s", "migrate@anon", "--no-times")
    assert done.exit_code == 1
    assert [asked[:2] for asked in world.asked] == [
        (edition, scenario) for edition in TWO for scenario in ("migrate@file", "migrate@anon")
    ]
    assert "mended: file_mapped_matches_mapcount: migrate@file" in done.stdout
    assert "mem_cgroup_end_migration" in done.stdout
    assert "CPU seconds" not in done.stdout
    assert [run.edition for run in read("memcharge-compare.json").runs] == [*TWO]


def test_compare_prints_the_text_that_did_it(world: World) -> None:
    done = world.run("compare", *TWO, "-s", "migrate@file", "--diff")
    assert "+++ mm_2010_05_07/mem_cgroup_end_migration" in done.stdout


def test_compare_of_nothing_broken_ends_with_0(world: World) -> None:
    assert world.run("compare", *TWO, "-s", "migrate@anon").exit_code == 0


def test_compare_of_an_empty_range_is_one_line(world: World) -> None:
    done = world.run("compare", "v2_6_35..v2_6_34")
    assert done.exit_code == 2
    assert done.stderr.count("\n") == 1
    assert "write v2_6_34..v2_6_35" in done.stderr


def test_corpus_names_the_bugs_and_looks_for_none(world: World) -> None:
    done = world.run("corpus")
    assert done.exit_code == 0
    assert "B-01" in done.stdout
    assert "memcharge corpus --check" in done.stdout
    assert world.asked == []


def test_a_bug_that_is_not_found_ends_with_1(world: World) -> None:
    world.found.clear()
    done = world.run("corpus", "B-01", "--check", "--no-times", "--json", "corpus.json")
    assert done.exit_code == 1
    assert "NOT FOUND in" in done.stdout
    assert json.loads(Path("corpus.json").read_text("utf-8"))["bugs"][0]["found"] is False


def test_bugs_of_one_scenario_share_its_searches(world: World) -> None:
    world.found["v2_6_34", "migrate@file"] = result("migrate@file", "Never")
    world.run("corpus", "B-01", "B-50", "--check")
    assert len(world.asked) == len({asked[:2] for asked in world.asked})


def test_an_edition_stands_for_what_is_broken_in_it(world: World) -> None:
    world.scenarios = tuple(bug.scenario for bug in bugs())
    done = world.run("corpus", "v2_6_38", "--check", "--no-times")
    asked = {asked[:2] for asked in world.asked}
    assert {edition for edition, _ in asked} == {"v2_6_38"}
    assert len(asked) == done.stdout.count("NOT FOUND in v2_6_38") > 3
    assert "absent where" not in done.stdout


def test_a_bug_that_there_is_not_is_one_line(world: World) -> None:
    done = world.run("corpus", "B-99")
    assert done.exit_code == 2
    assert "no bug B-99" in done.stderr
