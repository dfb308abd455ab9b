# SPDX-License-Identifier: GPL-2.0-only
"""What a text may read before it is set is what its graph may: locals, by every way there is."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from memcharge.editions.chain import load
from memcharge.ir.liveness import unset_locals
from memcharge.ir.nodes import Graph
from memcharge.lang import Claim, Cpu, compile_program
from memcharge.lang.assigned import unsure_names
from memcharge.scenarios import parse
from tests.support.small import small

TEXTS = [
    ("b = a\na = 1", "a"),
    ("a = 1\nb = a", ""),
    ("if x:\n    a = 1\nb = a", "a"),
    ("if x:\n    a = 1\nelse:\n    a = 2\nb = a", ""),
    ("if x:\n    a = 1\nelse:\n    return\nb = a", ""),
    ("while x:\n    a = 1\nb = a", "a"),
    ("while True:\n    a = 1\n    if x:\n        break\nb = a", ""),
    ("while True:\n    if x:\n        break\n    a = 1\nb = a", "a"),
    ("while x:\n    if a:\n        break\n    a = 1", "a"),
    ("while x:\n    if y:\n        continue\n    a = 1\n    b = a", ""),
    ("for o in each(Box):\n    a = 1\nb = a", "a"),
    ("for i in range(2):\n    b = i\n", ""),
    ("for i in range(2):\n    b = 1\nc = i", "i"),
    ("with atomic():\n    a = 1\nb = a", ""),
    ("a += 1", "a"),
    ("a: int\nb = a", "a"),
    ("a: int = 1\nb = a", ""),
    ("a, b = pair()\nc = a + b", ""),
    ("x = x + 1", ""),
    ("box.n = a\na = 1", "a"),
    ("a = 1 if y else b\nb = 2", "b"),
]


@pytest.mark.parametrize(("text", "unsure"), TEXTS)
def test_what_may_be_read_first(text: str, unsure: str) -> None:
    body = "\n".join(f"    {line}" for line in text.splitlines())
    (definition,) = ast.parse(f"def f(x, y):\n{body}").body
    assert isinstance(definition, ast.FunctionDef)
    names = [one for one in ast.walk(definition) if isinstance(one, ast.Name)]
    assigned = frozenset(one.id for one in names if isinstance(one.ctx, ast.Store))
    assert unsure_names(definition, assigned) == set(unsure.split())


def graphs(edition: str, scenario: str) -> list[Graph]:
    ready = parse(scenario).prepare(load(edition))
    cpus = [Cpu(one.function, one.arguments, dict(one.globals)) for one in ready.actors]
    claims = [
        Claim(one.name, one.meaning, one.consequence, one.when, one.function)
        for one in ready.properties
    ]
    program = compile_program(ready.machine, cpus, claims)
    return [*program.cpus, *(one.graph for one in program.properties)]


@pytest.mark.parametrize("edition", ["v2_6_26", "v2_6_34", "v3_6", "v6_12"])
@pytest.mark.parametrize("scenario", ["migrate+fault@shmem,swapcache", "cow+reclaim@anon,shared"])
def test_graphs_of_editions_agree(edition: str, scenario: str) -> None:
    for graph in graphs(edition, scenario):
        assert graph.unset == unset_locals(graph)


def test_a_local_that_is_read_first_is_zero_then(tmp_path: Path) -> None:
    text = """
class Box(Struct):
    n: int = uint(4)
    told: bool = flag()


box = the("box", Box)


def start():
    return {"box": Box("box", n=5)}


def cpu0():
    if box.told:
        mine = 3
    box.n = mine


def cpu1():
    box.told = True
"""
    graph = small(tmp_path, text).compiled().cpus[0]
    assert [graph.locals[number].name for number in graph.unset or ()] == ["mine"]
    assert graph.unset == unset_locals(graph)
