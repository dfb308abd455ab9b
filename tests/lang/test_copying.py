# SPDX-License-Identifier: GPL-2.0-only
"""A call that a graph holds already is copied: node for node what compiling it again gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FunctionType

import pytest

from memcharge.editions.chain import load
from memcharge.engine.prepare import compile_scenario
from memcharge.ir.nodes import Frame, Local, Program
from memcharge.ir.printer import print_program
from memcharge.lang import LangError, calls, shelf
from memcharge.lang.builder import Builder, Piece
from memcharge.lang.copying import Argument, copied, key_of
from memcharge.lang.values import Operand
from memcharge.scenarios import parse
from tests.support.small import small

TEXT = """
class Box(Struct):
    n: int = uint(3)
    lock: bool = flag()


one = the("one", Box)
two = the("two", Box)


def start():
    return {"one": Box("one"), "two": Box("two")}


def raised(box, by):
    with atomic():
        wait_until(not box.lock)
        box.lock = True
    n = box.n
    while n < 2:
        n += by
    box.n = n
    box.lock = False
    return n


def both(first, second):
    if raised(first, 1) > raised(second, 1):
        return raised(second, 1)
    return raised(first, 2)


def bump(box):
    box.n = 1


def down(n):
    if n != 0:
        middle()


def middle():
    down(0)


def cpu0():
    a = one if choose(2) == 0 else two
    b = one if choose(2) == 0 else two
    BODY
"""

BODIES = {
    "once more": "raised(one, 1); raised(one, 1)",
    "other constants": "raised(one, 1); raised(two, 2); raised(one, 2)",
    "other locals": "raised(a, 1); raised(b, 1); n = raised(a, 1); raised(a, n); raised(b, n)",
    "one for two": "both(a, b); both(a, a); both(b, a); both(b, b)",
    "calls in calls": "both(one, a); both(one, b); both(two, a)",
    "in a section": """bump(one); bump(one)
    with atomic():
        bump(one)
        bump(one)
    with atomic():
        n = one.n
        bump(one)""",
    "in a loop": """while raised(one, 1) != 2:
        raised(a, 1)
        bump(one)
        if raised(b, 1) == 1:
            break
    bump(one)""",
    "twice in one expression": "n = raised(a, 1) + raised(a, 1) * raised(b, 1)",
}


def _chain(frame: Frame | None) -> Iterator[object]:
    while frame is not None:
        yield frame.number, frame.function, frame.file, frame.text, frame.line
        frame = frame.parent


def whole(program: Program) -> list[object]:
    """All that is in a program's graphs."""
    graphs = [*program.cpus, *(one.graph for one in program.properties)]
    return [
        print_program(program),
        [[(one.name, one.kind, one.number) for one in graph.locals] for graph in graphs],
        [[(*_chain(node.site.frame), node.site.text) for node in graph.nodes] for graph in graphs],
        [(graph.entry, graph.unset, graph.result and repr(graph.result)) for graph in graphs],
    ]


def compiled(folder: Path, body: str, key: object = key_of) -> Program:
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(calls, "key_of", key)
        changed.setattr(shelf, "_SHELVES", {})
        return small(folder, TEXT.replace("BODY", body)).compiled()


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_copy_is_what_is_compiled(tmp_path: Path, body: str) -> None:
    assert whole(compiled(tmp_path, body)) == whole(compiled(tmp_path, body, lambda *_: None))


@pytest.mark.parametrize("body", ["other constants", "one for two", "in a section"])
def test_a_key_that_says_too_little_is_told(tmp_path: Path, body: str) -> None:
    def careless(build: Builder, function: FunctionType, arguments: Sequence[Argument]) -> object:
        found = key_of(build, function, arguments)
        return found and (function, found[1])

    text = BODIES[body]
    try:
        wrong = whole(compiled(tmp_path, text, careless))
    except ValueError:  # a copy for fewer locals than the call has
        return
    assert wrong != whole(compiled(tmp_path, text))


def test_most_calls_of_a_scenario_are_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "_SHELVES", {})
    nodes = []

    def counted(build: Builder, piece: Piece, given: tuple[Local, ...]) -> Operand:
        nodes.append(piece.nodes[1] - piece.nodes[0])
        return copied(build, piece, given)

    monkeypatch.setattr(calls, "copied", counted)
    edition, scenario = load("v2_6_34"), parse("migrate+munmap@file")
    program = compile_scenario(edition, scenario, ())
    assert sum(nodes) > sum(len(graph.nodes) for graph in program.cpus) / 3

    monkeypatch.setattr(shelf, "_SHELVES", {})
    monkeypatch.setattr(calls, "key_of", lambda *_: None)
    assert whole(program) == whole(compile_scenario(edition, scenario, ()))


def test_a_copy_leads_nobody_back_to_where_it_is(tmp_path: Path) -> None:
    compiled(tmp_path, "middle()")
    for body in ("down(1)", "middle(); down(1)"):
        with pytest.raises(LangError, match="down calls itself"):
            compiled(tmp_path, body)
