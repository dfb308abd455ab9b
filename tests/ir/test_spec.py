# SPDX-License-Identifier: GPL-2.0-only
"""Every rule of the intermediate representation refuses a program that breaks it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from memcharge.ir.nodes import (
    Bug,
    Choose,
    Const,
    End,
    Expr,
    Free,
    Local,
    Node,
    Number,
    Op,
    Pass,
    Place,
    Program,
    Set,
    Store,
    Table,
    Var,
    Wait,
)
from memcharge.ir.nodes import (
    Test as Branch,
)
from memcharge.ir.spec import IllegalIR, check_program
from tests.support.explored import SUBSETS
from tests.support.small import Small, small

TEXT = """
class Box(Struct):
    n: int = uint(3)
    c: list[int] = array(2, uint(3))


box = the("box", Box)


def start():
    return {"box": Box("box")}


def cpu0():
    n = box.n
    if n == 1:
        box.c[1] = n


def always_small() -> bool:
    return box.n < 5
"""


@pytest.fixture
def box(tmp_path: Path) -> Small:
    return small(tmp_path, TEXT)


def store(program: Program) -> Store:
    return next(node for node in program.cpus[0].nodes if isinstance(node, Store))


def put_first(program: Program, node: Node, *, prop: bool = False) -> None:
    """Put a node before the first one of the CPU, or of the property."""
    graph = program.properties[0].graph if prop else program.cpus[0]
    node.next = graph.entry
    graph.entry = len(graph.nodes)
    graph.nodes.append(node)


def site(program: Program) -> Any:
    return program.cpus[0].nodes[0].site


def with_value(program: Program, value: Expr) -> None:
    store(program).value = value


def with_place(program: Program, **changes: Any) -> None:
    store(program).place = replace(store(program).place, **changes)


def wide_field(program: Program) -> None:
    fields = program.layout.fields
    fields["Box", "n"] = replace(fields["Box", "n"], highest=256)


def result_of_a_cpu(program: Program) -> None:
    program.cpus[0].result = Const(1)


def no_result(program: Program) -> None:
    program.properties[0].graph.result = None


def glued_entry(program: Program) -> None:
    program.cpus[0].nodes[program.cpus[0].entry].glued = True


def endless_step(program: Program) -> None:
    first = Pass(site(program))
    put_first(program, first)
    loop = Branch(site(program), Const(1), glued=True)
    number = len(program.cpus[0].nodes)
    program.cpus[0].nodes.append(loop)
    loop.next, loop.other, first.next = number, 0, number


def dangling(program: Program) -> None:
    program.cpus[0].nodes[0].next = 99


def no_entry(program: Program) -> None:
    program.cpus[0].entry = 99


def foreign(program: Program) -> None:
    with_value(program, Var(Local("n", Number(), 0)))


def in_property(make: Callable[[Program], Node]) -> Callable[[Program], None]:
    return lambda program: put_first(program, make(program), prop=True)


ILLEGAL: dict[str, tuple[Callable[[Program], None], str]] = {
    "a field of nine bits": (wide_field, "Box.n is wider than 8 bits"),
    "a CPU with a value": (result_of_a_cpu, "cpu0(): a CPU returns a value"),
    "a property without one": (no_result, "property always_small gives no value"),
    "an entry that is not there": (no_entry, "cpu0(): entry 99"),
    "an edge to nowhere": (dangling, "cpu0():0: an edge leads nowhere: (99,)"),
    "a glued entry": (glued_entry, "cpu0(): the entry is glued to nothing"),
    "a loop within a step": (endless_step, "cpu0(): a step that never ends at"),
    "a local of another graph": (foreign, "a local of another graph"),
    "an unknown operator": (
        lambda p: with_value(p, Op("**", (Const(1), Const(2)))),
        "operator ** of 2",
    ),
    "an operator short of a value": (
        lambda p: with_value(p, Op("+", (Const(1),))),
        "operator + of 1",
    ),
    "an operator deep inside": (
        lambda p: with_value(p, Table((0, 1), Op("neg", (Op("?", (Const(1), Const(1))),)))),
        "operator ? of 2",
    ),
    "an unknown field": (lambda p: with_place(p, field="m"), "no field ('Box', 'm')"),
    "an array without an index": (
        lambda p: with_place(p, index=None),
        "('Box', 'c') indexed wrongly",
    ),
    "an index of a plain field": (
        lambda p: with_place(p, field="n"),
        "('Box', 'n') indexed wrongly",
    ),
    "an index too large": (lambda p: with_place(p, index=Const(2)), "('Box', 'c')[2]"),
    "an index below zero": (lambda p: with_place(p, index=Const(-1)), "('Box', 'c')[-1]"),
    "a wait outside of a section": (
        lambda p: put_first(p, Wait(site(p), Const(1))),
        "a wait outside of a section",
    ),
    "a property that writes": (
        in_property(lambda p: Store(site(p), Place("Box", "n", Const(1)), Const(1))),
        "property always_small does more than look",
    ),
    "a property that frees": (
        in_property(lambda p: Free(site(p), "Box", Const(1))),
        "property always_small does more than look",
    ),
    "a property that asserts": (
        in_property(lambda p: Bug(site(p), Const(0), "bug_on")),
        "property always_small does more than look",
    ),
    "a property that waits": (
        in_property(lambda p: Wait(site(p), Const(1), in_section=True)),
        "property always_small does more than look",
    ),
    "a property that chooses": (
        in_property(lambda p: Choose(site(p), p.properties[0].graph.locals[0], 2)),
        "property always_small does more than look",
    ),
}


@pytest.mark.parametrize("rule", ILLEGAL)
def test_what_no_engine_may_run_is_refused(box: Small, rule: str) -> None:
    spoil, message = ILLEGAL[rule]
    program = box.compiled()
    check_program(program)
    spoil(program)
    with pytest.raises(IllegalIR) as caught:
        check_program(program)
    assert message in str(caught.value)


@pytest.mark.parametrize("reductions", SUBSETS, ids=lambda s: "+".join(sorted(s)))
def test_every_reduction_leaves_a_legal_program(box: Small, reductions: frozenset[str]) -> None:
    check_program(box.reduced(reductions))


def test_a_loop_of_private_steps_keeps_a_step_end(tmp_path: Path) -> None:
    text = """
def cpu0():
    n = 0
    while n < 3:
        n = n + 1
    box.n = n
"""
    program = small(tmp_path, TEXT.replace("def cpu0", "def other") + text)
    check_program(program.reduced(["private"]))


def test_what_always_ends_the_run_has_nothing_behind_it(tmp_path: Path) -> None:
    text = TEXT.replace("    n = box.n\n", "    n = box.n\n    BUG_ON(True)\n")
    program = small(tmp_path, text)
    for reductions in SUBSETS:
        check_program(program.reduced(reductions))
    nodes = program.compiled().cpus[0].nodes
    assert [type(node).__name__ for node in nodes] == ["Load", "Set", "Bug", "End"]


def test_the_end_is_a_node_of_its_own(box: Small) -> None:
    ends = [node for node in box.compiled().cpus[0].nodes if isinstance(node, End)]
    assert len(ends) == 1
    assert not any(
        isinstance(node, Set) and node.next == -1 for node in box.compiled().cpus[0].nodes
    )
