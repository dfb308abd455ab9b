# SPDX-License-Identifier: GPL-2.0-only
"""A patch with a mistake is refused before anything runs, or where plain Python trips over it."""

from __future__ import annotations

from pathlib import Path

import pytest

from memcharge.editions.chain import load
from memcharge.engine import Options, check
from memcharge.kernel.struct import Machine, each
from memcharge.kernel.structs import Page
from memcharge.lang import Claim, LangError, compile_program
from memcharge.scenarios import ScenarioError, parse

PATCH = """\
BASE = "v2_6_34"


def mem_cgroup_update_file_mapped(page: Page, val: int) -> None:
    pc = lookup_page_cgroup(page)
    if {condition}:
        pass
"""


def checked(tmp_path: Path, condition: str) -> None:
    path = tmp_path / "mypatch.py"
    path.write_text(PATCH.format(condition=condition))
    check(load(str(path)), parse("migrate@anon"), Options())


def test_an_unknown_name_is_told_even_where_no_scenario_comes(tmp_path: Path) -> None:
    with pytest.raises(LangError) as caught:
        checked(tmp_path, "page_maped(page)")
    assert str(caught.value) == (
        f"{tmp_path}/mypatch.py:6:8: unknown name 'page_maped'\n"
        "    if page_maped(page):\n"
        "       ^\n"
        "  why: neither mem_cgroup_update_file_mapped nor its edition defines it\n"
        "  instead: did you mean page_mapped?"
    )


@pytest.mark.parametrize(
    ("condition", "problem"),
    [
        ("page.mappping is None", "AttributeError: 'Page' object has no attribute 'mappping'"),
        ("page_mapped(page, 1)", "TypeError: page_mapped() takes 1 positional argument"),
    ],
)
def test_a_mistake_met_in_plain_python_is_told_with_its_place(
    tmp_path: Path, condition: str, problem: str
) -> None:
    path = tmp_path / "mypatch.py"
    path.write_text(PATCH.format(condition=condition))
    with pytest.raises(ScenarioError) as caught:
        check(load(str(path)), parse("migrate@file"), Options())
    message = str(caught.value)
    assert message.startswith(f"{path}:6: in mem_cgroup_update_file_mapped: {problem}")
    assert message.endswith("mend mem_cgroup_update_file_mapped")


def spoils(machine: Machine) -> None:
    """Compile a property that writes."""
    claim = Claim("writing", "", "", "always", writing)
    compile_program(machine, [], [claim])


def writing() -> bool:
    for page in each(Page):
        page.PG_lru = True
    return True


def test_a_property_that_writes_is_refused() -> None:
    machine = Machine()
    with machine:
        Page("page")
    with pytest.raises(LangError) as caught:
        spoils(machine)
    assert "the property writing does more than look" in str(caught.value)
    assert "        page.PG_lru = True" not in str(caught.value)  # the line is shown stripped
    assert "    page.PG_lru = True\n    ^" in str(caught.value)
