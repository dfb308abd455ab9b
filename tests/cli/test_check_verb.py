# SPDX-License-Identifier: GPL-2.0-only
"""`memcharge check`: what it explores, what it writes, what it ends with."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from memcharge.trace.files import load, read
from tests.cli.conftest import World
from tests.report.records import result


def test_without_arguments_it_tells_the_story_of_two_editions(world: World) -> None:
    done = world.run("check", "--no-times")
    assert done.exit_code == 1
    assert [asked[:2] for asked in world.asked] == [
        ("v2_6_34", "migrate@anon"), ("v2_6_34", "migrate@file"),
        ("mm_2010_05_07", "migrate@anon"), ("mm_2010_05_07", "migrate@file"),
    ]  # fmt: skip
    assert "Broken in v2_6_34:" in done.stdout
    assert "memcharge diff v2_6_34 mm_2010_05_07" in done.stdout
    assert "CPU time" not in done.stdout
    assert done.stderr == ""


def test_an_edition_is_checked_against_the_whole_catalogue(world: World) -> None:
    world.run("check", "v2_6_34")
    assert [scenario for _, scenario, _ in world.asked] == list(world.scenarios)


def test_exit_code_is_0_when_all_hold(world: World) -> None:
    assert world.run("check", "mm_2010_05_07").exit_code == 0


def test_exit_code_is_3_when_a_limit_was_hit(world: World) -> None:
    world.found["v2_6_35", "migrate@anon"] = result("migrate@anon", "Incomplete")
    done = world.run("check", "v2_6_35", "-s", "migrate@anon", "--max-states", "1000")
    assert done.exit_code == 3
    assert "Incomplete: 26 distinct states visited" in done.stdout


def test_the_record_holds_what_was_told(world: World) -> None:
    world.run("check", "v2_6_34", "--reduce", "none")
    record = read("memcharge-run.json")
    assert [r.scenario for r in record.runs[0].results] == list(world.scenarios)
    assert record.runs[0].reductions == ()
    assert record.version


def test_json_to_stdout_is_all_that_is_printed(world: World) -> None:
    done = world.run("check", "v2_6_34", "--json", "-")
    assert load(done.stdout).runs[0].edition == "v2_6_34"
    assert json.loads(done.stdout)["schema"] == "memcharge.run.v1"
    assert not Path("memcharge-run.json").exists()
    assert done.exit_code == 1


def test_a_record_that_cannot_be_written_is_a_remark(world: World) -> None:
    done = world.run("check", "v2_6_34", "--json", "no/such/run.json")
    assert done.exit_code == 1
    first, second = done.stderr.splitlines()
    assert "no/such/run.json: cannot be written (No such file or directory)" in first
    assert "no/such/memcharge-checkpoint.mcc: cannot be written" in second
    assert "Wrote" not in done.stdout
    assert "memcharge race v2_6_34 migrate@file" in done.stdout


def test_an_interrupt_keeps_what_was_found(world: World) -> None:
    world.found["v2_6_34", "migrate@file"] = KeyboardInterrupt()
    done = world.run("check", "v2_6_34")
    assert done.exit_code == 3
    results = read("memcharge-run.json").runs[0].results
    assert [r.verdict for r in results] == ["Never", "Incomplete", "Incomplete"]
    assert [r.incomplete for r in results] == ["", "interrupted", "not started: interrupted"]
    assert results[1].states == 77


def test_limits_reach_the_engine(world: World) -> None:
    world.run(
        "check", "v2_6_34", "-s", "migrate@anon", "--max-states", "5", "--max-memory", "2G",
        "--time", "1.5",
    )  # fmt: skip
    options = world.asked[0][2]
    assert (options.max_states, options.max_memory, options.seconds) == (5, 2 << 30, 1.5)


def test_a_file_is_named_as_typed_in_the_next_commands(world: World) -> None:
    done = world.run("check", "mypatch.py", "-s", "migrate@anon")
    assert "memcharge show mypatch.py" in done.stdout


def test_full_tells_every_witness(world: World) -> None:
    again = result("migrate@anon", "Always", world.found["v2_6_34", "migrate@file"].broken)
    world.found["v2_6_34", "migrate@anon"] = replace(again, scenario="migrate@anon")
    assert world.run("check", "v2_6_34").stdout.count("BUG: ") == 2
    assert world.run("check", "v2_6_34", "--full").stdout.count("BUG: ") == 3


def test_an_interrupted_search_that_says_so_ends_the_check(world: World) -> None:
    stopped = replace(result("migrate@anon", "Incomplete"), incomplete="interrupted")
    world.found["v2_6_34", "migrate@anon"] = stopped
    done = world.run("check", "v2_6_34")
    assert done.exit_code == 3
    assert len(world.asked) == 1
    assert "not started: interrupted" in done.stdout
