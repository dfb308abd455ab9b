# SPDX-License-Identifier: GPL-2.0-only
"""show, diff and list on the shipped editions."""

from __future__ import annotations

from dataclasses import replace

from memcharge.cli.coverage import Reach
from memcharge.cli.texts import text_of
from memcharge.editions.chain import known, load
from memcharge.editions.unreached import UNREACHED
from memcharge.engine import DEFAULT_REDUCTIONS, compile_scenario, lines_of
from memcharge.scenarios import parse
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


def test_what_no_result_reached_is_missed() -> None:
    edition = load("v2_6_34")
    reach = Reach(edition)
    assert len(reach.missed) == reach.statements > 0
    assert reach.whole == []
    first = reach.missed[0]
    assert first.text
    reach.add(replace(result("migrate@anon", "Never"), covered={first.function: (first.line,)}))
    assert len(reach.missed) == reach.statements - 1
    assert first not in reach.missed


def test_an_edition_answers_for_what_it_defines_itself() -> None:
    edition = load("v2_6_38")
    assert {one.function for one in Reach(edition).missed} <= set(edition.own)


def test_only_a_program_that_has_what_was_missed_can_add_to_it() -> None:
    edition = load("v2_6_38")
    reach = Reach(edition)
    moving = compile_scenario(edition, parse("migrate@file"), DEFAULT_REDUCTIONS)
    assert reach.can_grow(moving)
    names = {function for function, _ in lines_of(moving)}
    done = {one.function: tuple(o.line for o in reach.missed) for one in reach.missed}
    some = {function: lines for function, lines in done.items() if function in names}
    reach.add(replace(result("migrate@file", "Never"), covered=some))
    assert not reach.can_grow(moving)
    assert reach.missed


def test_a_reason_is_for_a_statement_that_some_edition_has() -> None:
    said = {
        (name, line.strip())
        for edition in map(load, known())
        for name in edition.own
        for line in text_of(edition, name).source.splitlines()
    }
    for reason in UNREACHED.values():
        for function, statements in reason.items():
            assert function in {name for name, _ in said}
            assert [s for s in statements if (function, s) not in said] == []
