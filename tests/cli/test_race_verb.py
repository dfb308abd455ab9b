# SPDX-License-Identifier: GPL-2.0-only
"""`memcharge race`: from a record, from an exploration, from a schedule."""

from __future__ import annotations

from memcharge.trace.files import dump, write
from tests.cli.conftest import World
from tests.report.records import one_edition, unfinished


def test_a_witness_of_a_record_is_drawn_by_number(world: World) -> None:
    write("run.json", dump(one_edition()))
    done = world.run("race", "run.json#2")
    assert done.exit_code == 0
    assert done.stdout.startswith("BUG: memcharge: file_mapped_matches_mapcount, migrate+munmap")
    assert done.stdout.count("BUG:") == 1
    assert world.asked == []


def test_without_arguments_the_record_here_is_drawn(world: World) -> None:
    write("memcharge-run.json", dump(one_edition()))
    done = world.run("race")
    assert done.stdout.count("BUG:") == 2
    assert world.asked == []


def test_without_a_record_the_story_is_explored(world: World) -> None:
    done = world.run("race")
    assert done.exit_code == 1
    assert "migrate@file" in done.stdout
    assert len(world.asked) == 4


def test_a_number_beyond_the_last_is_told(world: World) -> None:
    write("run.json", dump(one_edition()))
    done = world.run("race", "run.json#9")
    assert done.exit_code == 2
    assert "run.json has no witness #9; its witnesses are 1 to 2" in done.stderr


def test_a_record_with_nothing_broken_is_told(world: World) -> None:
    write("run.json", dump(unfinished()))
    done = world.run("race", "run.json")
    assert done.exit_code == 0
    assert "no property is broken" in done.stderr


def test_a_missing_record_is_told(world: World) -> None:
    done = world.run("race", "nowhere.json")
    assert done.exit_code == 2
    assert done.stderr == "Error: nowhere.json: cannot be read (No such file or directory)\n"


def test_an_edition_and_a_scenario_are_explored(world: World) -> None:
    done = world.run("race", "v2_6_34", "migrate+munmap@file")
    assert done.exit_code == 1
    assert "<<<" in done.stdout


def test_a_scenario_that_holds_has_nothing_to_draw(world: World) -> None:
    done = world.run("race", "v2_6_34", "migrate@anon")
    assert done.exit_code == 0
    assert "Never, 26 states; nothing to draw" in done.stderr


def test_an_edition_needs_a_scenario(world: World) -> None:
    done = world.run("race", "v2_6_34")
    assert done.exit_code == 2
    assert "a scenario must follow" in done.stderr


def test_a_property_is_picked_and_a_wrong_one_answered(world: World) -> None:
    write("run.json", dump(one_edition()))
    assert (
        world.run("race", "run.json", "--property", "file_mapped_matches_mapcount").exit_code == 0
    )
    done = world.run("race", "run.json", "--property", "file_mapped_matches_mapcont")
    assert done.exit_code == 2
    assert "did you mean file_mapped_matches_mapcount?" in done.stderr


def test_a_schedule_is_replayed(world: World) -> None:
    done = world.run("race", "v2_6_34", "migrate+munmap@file", "--schedule", "0x7 1x3")
    assert done.exit_code == 1
    assert "CPU 1" in done.stdout


def test_an_impossible_schedule_is_told(world: World) -> None:
    done = world.run("race", "v2_6_34", "migrate+munmap@file", "--schedule", "0x10 1x3")
    assert done.exit_code == 2
    assert done.stderr == "Error: CPU 1 cannot take step 11: waits for page PG_locked\n"


def test_a_schedule_that_is_none_is_told(world: World) -> None:
    for text in ("0-7", ""):
        done = world.run("race", "v2_6_34", "migrate+munmap@file", "--schedule", text)
        assert done.exit_code == 2
        assert "--schedule" in done.stderr


def test_drawing_options_reach_the_diagram(world: World) -> None:
    write("run.json", dump(one_edition()))
    done = world.run(
        "race", "run.json#2", "--heads", "functions", "--number", "--all", "--locks",
        "--width", "60", "--format", "markdown",
    )  # fmt: skip
    assert done.stdout.startswith("```text\n")
    assert max(map(len, done.stdout.splitlines())) <= 60
    assert "lock_page(page)" in done.stdout
