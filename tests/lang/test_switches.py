# SPDX-License-Identifier: GPL-2.0-only
"""Code behind a switch that is off is not compiled, and nothing can flip it."""

from __future__ import annotations

import pytest

from memcharge.ir.nodes import Free, Program
from memcharge.ir.passes import REDUCTIONS, reduce
from memcharge.kernel import *
from memcharge.lang import Cpu, compile_program
from memcharge.lang.errors import LangError


class Switched(Struct):
    """One switch and a number."""

    on: bool = switch()
    n: int = uint(2)


def count_if_on(one: Switched) -> None:
    if one.on:
        one.n = 1


def flip(one: Switched) -> None:
    one.on = True


def free_if_counted(one: Switched) -> None:
    if one.n != 0:
        kfree(one)


def compiled(function: object, **fields: bool) -> Program:
    machine = Machine()
    with machine:
        one = Switched("one", **fields)
    return compile_program(machine, [Cpu(function, [one])], [])  # type: ignore[arg-type]


def test_what_is_off_is_not_compiled() -> None:
    assert len(compiled(count_if_on).cpus[0].nodes) < len(
        compiled(count_if_on, on=True).cpus[0].nodes
    )


def test_a_switch_cannot_be_flipped() -> None:
    with pytest.raises(LangError, match="which never changes"):
        compiled(flip)


def test_fields_of_what_no_run_frees_can_leave_the_state() -> None:
    program = compiled(free_if_counted)
    assert any(isinstance(node, Free) for node in program.cpus[0].nodes)
    reduce(program, REDUCTIONS)
    assert program.layout.freeable == set()
    assert ("Switched", "n") in program.layout.constant
