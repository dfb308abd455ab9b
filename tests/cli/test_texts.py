# SPDX-License-Identifier: GPL-2.0-only
"""show, diff and list on the shipped editions."""

from __future__ import annotations

from dataclasses import replace

from memcharge.cli.coverage import uncovered
from memcharge.editions.chain import load
from tests.cli.conftest import World
from tests.report.records import result


def test_show_prints_a_function_with_its_origin(world: World) -> None:
    done = world.run("show", "v2_6_34", "_functions")
    assert done.exit_code == 0
    assert done.stdout.startswith("# ")
    assert "def functions() -> int:\n    return 1\n" in done.stdout


def test_diff_of_an_edition_with_itself_is_empty(world: World) -> None:
    done = world.run("diff", "v2_6_34", "v2_6_34")
    assert done.stdout == "No function differs between v2_6_34 and v2_6_34.\n"


def test_list_names_editions_and_stand_ins(world: World) -> None:
    assert world.run("list", "--not-modelled").exit_code == 0


def test_uncovered_lists_what_no_result_reached() -> None:
    edition = load("v2_6_34")
    missed, whole, total = uncovered(edition, [])
    assert len(missed) == total > 0
    assert whole == []
    function, _, line, text = missed[0]
    assert text
    reached = replace(result("migrate@anon", "Never"), covered={function: (line,)})
    fewer, _, same = uncovered(edition, [reached])
    assert (len(fewer), same) == (total - 1, total)
