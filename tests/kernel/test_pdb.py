# SPDX-License-Identifier: GPL-2.0-only
"""An edition can be stepped through in Python's debugger."""

from __future__ import annotations

import io
import pdb  # noqa: T100 - it is what is tested
from collections.abc import Callable, Iterator

import pytest

from memcharge.editions.chain import load
from memcharge.kernel import *


@pytest.fixture(autouse=True)
def machine() -> Iterator[Machine]:
    with Machine() as made:
        yield made


def session(commands: list[str], function: Callable[..., object], *arguments: object) -> list[str]:
    """What the debugger prints, a line an item, when it runs the call with these commands."""
    printed = io.StringIO()
    typed = io.StringIO("\n".join([*commands, "continue", ""]))
    debugger = pdb.Pdb(stdin=typed, stdout=printed, nosigint=True, readrc=False)
    debugger.prompt = ""
    debugger.runcall(function, *arguments)
    return printed.getvalue().splitlines()


def test_the_locals_of_an_edition_s_function_are_shown_step_by_step() -> None:
    uncharge = load("v2_6_34").namespace["res_counter_uncharge_locked"]
    counter = ResCounter("counter", usage=2)
    commands = ["p counter, val", "next", "next", "next", "next", "p taken, counter.usage"]
    printed = session(commands, uncharge, counter, 1)
    assert "(<ResCounter counter>, 1)" in printed
    assert "(1, 1)" in printed
    shown = [line.removeprefix("-> ") for line in printed if line.startswith("-> ")]
    assert shown == [
        "with atomic():",
        "taken = val",
        "if WARN_ON(counter.usage < val):",
        "counter.usage -= taken",
        "with atomic():",
    ]


def test_stepping_into_a_call_finds_the_newest_definition(machine: Machine) -> None:
    edition = load("v2_6_35")
    newest = edition.origin["__mem_cgroup_uncharge_common"]
    assert newest != "v2_6_34"
    machine.globals["mem_cgroup_subsys"] = CgroupSubsys("mem_cgroup_subsys", disabled=True)
    commands = ["next", "next", "step", "p page, ctype"]
    printed = session(commands, edition.namespace["mem_cgroup_uncharge_page"], Page("page"))
    entered = printed[printed.index("--Call--") + 1]
    assert f"{newest}.py(" in entered
    assert "__mem_cgroup_uncharge_common(" in entered
    assert "(<Page page>, 1)" in printed


def test_a_read_of_a_field_is_not_stepped_into() -> None:
    printed = session(["step", "step"], PageAnon, Page("page"))
    assert "-> return mapping is not None and mapping.anon" in printed
    assert "--Call--" not in printed
