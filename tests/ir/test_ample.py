# SPDX-License-Identifier: GPL-2.0-only
"""Which steps may be taken alone, and what is lost where a rule is left out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from memcharge.ir import ample, sections
from memcharge.ir.ample import actions_of, find_alone
from memcharge.ir.flow import Flow
from memcharge.ir.nodes import Free, Graph, Node, Program, Wait, Warn, step_heads
from memcharge.ir.values import Cells
from tests.support.explored import FINE, Explored, explored
from tests.support.programs import programs
from tests.support.small import small

HEAD = """
class Item(Struct):
    a: int = uint(2)
    b: int = uint(2)
    f: bool = flag()
    p: Item | None = ref("Item")

def start():
    x = Item("x")
    x.p = x
    return {"x": x, "y": Item("y"), "z": Item("z")}

x = the("x", Item)
y = the("y", Item)
z = the("z", Item)
"""

OWN_WORK = "".join(
    f"\ndef cpu{n}():\n    {item}.a = 1\n    {item}.b = {item}.a\n    {item}.a = 2\n"
    for n, item in enumerate("xyz")
)

LOOP = """
def cpu0():
    while True:
        x.f = not x.f

def cpu1():
    y.a = 1
    BUG_ON(True)
"""

SEEN = """
def always_apart() -> bool:
    return x.a + y.a < 2

def cpu0():
    x.a = 1
    x.a = 0

def cpu1():
    y.a = 1
    y.a = 0
"""

LATER = """
def cpu0():
    x.a = 1

def cpu1():
    y.b = 1
    y.a = x.a
"""

WAITS = """
def cpu0():
    with atomic():
        wait_until(x.f)
        x.f = False

def cpu1():
    y.a = 1
"""

ENDS = """
def cpu0():
    BUG_ON(x.a == 0)

def cpu1():
    y.b = 1
    y.a = y.p.a
"""

WARNS = """
def cpu0():
    WARN_ON(x.a == 0)

def cpu1():
    BUG_ON(y.a == 0)
"""

FREES = """
def cpu0():
    kfree(z)

def cpu1():
    y.b = 1
    y.a = z.a
"""


def both(folder: Path, text: str) -> tuple[Explored, Explored]:
    """In full, and with steps taken alone."""
    program = small(folder, HEAD + text)
    return explored(program.reduced(FINE)), explored(program.reduced((*FINE, "ample")))


def told(one: Explored) -> tuple[object, ...]:
    """What a reduction must keep."""
    complete = {end for end in one.outcomes if end.how in ("done", "deadlock")}
    return complete, {(end.how, end.warned) for end in one.outcomes}, one.broken


def no_loops(entry: int, actions: dict[int, Any]) -> tuple[list[int], set[int]]:
    order, _ = ample_ordered(entry, actions)
    return order, set()


ample_ordered = sections.ordered


def plain_but(*kinds: type[Node]) -> Callable[[Node], bool]:
    real = ample._plain
    return lambda node: isinstance(node, kinds) or real(node)


def only_now(_order: object, _actions: object, now: dict[int, Any]) -> dict[int, Any]:
    return now


def nothing_ends(*_: object) -> set[int]:
    return set()


def nothing_seen(_cells: Cells, _graph: Graph) -> int:
    return 0


def nothing_freed(*_: object) -> int:
    return 0


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        pytest.param(LOOP, [("ordered", no_loops)], id="a cycle"),
        pytest.param(SEEN, [("Cells.read_by", nothing_seen)], id="a property"),
        pytest.param(LATER, [("_later", only_now)], id="what comes later"),
        pytest.param(WAITS, [("_plain", plain_but(Wait))], id="a wait"),
        pytest.param(ENDS, [("may_end", nothing_ends)], id="the end of the run"),
        pytest.param(WARNS, [("_plain", plain_but(Warn))], id="a warning"),
        pytest.param(
            FREES,
            [
                ("_plain", plain_but(Free)),
                ("may_end", nothing_ends),
                ("Cells.freed", nothing_freed),
            ],
            id="a freed object",
        ),
    ],
)
def test_each_rule_is_needed(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    rules: list[tuple[str, object]],
) -> None:
    full, less = both(tmp_path, text)
    assert told(less) == told(full)
    for name, instead in rules:
        monkeypatch.setattr(f"memcharge.ir.ample.{name}", instead)
    _, wrong = both(tmp_path, text)
    assert told(wrong) != told(full), "the rule makes no difference"


def test_work_of_ones_own_has_one_order(tmp_path: Path) -> None:
    full, less = both(tmp_path, OWN_WORK)
    assert told(less) == told(full)
    assert full.counts[0] >= 3 * less.counts[0]
    assert less.counts[:2] == (less.counts[0], less.counts[0] - 1), "one run and no more"


def test_a_step_is_alone_until_another_may_look(tmp_path: Path) -> None:
    program = small(tmp_path, HEAD + LATER).reduced((*FINE, "ample"))
    own, _ = program.alone
    assert own[0] is None, "the end is no step"
    assert own[1] == (-1, 0b1001), "only once the other has read it, or has finished"
    full, less = both(tmp_path, LATER)
    assert told(less) == told(full)


def test_one_cpu_has_nothing_to_gain(tmp_path: Path) -> None:
    program = small(tmp_path, HEAD + "def cpu0():\n    x.a = 1\n    x.b = 1\n")
    assert find_alone(program.reduced(FINE)) == ()


def test_where_all_is_seen_nothing_is_alone(tmp_path: Path) -> None:
    text = HEAD + SEEN
    assert small(tmp_path, text).reduced((*FINE, "ample")).alone == ()


def assert_every_cycle_has_a_step_of_all(program: Program) -> None:
    """Of the steps that may be alone, none comes back to itself through others of that kind."""
    for graph, rows in zip(program.cpus, program.alone, strict=False):
        actions = actions_of(Flow(graph))
        heads = [head for label, head in enumerate(step_heads(graph), 1) if rows[label]]
        left = {head: {*actions[head].exits} & {*heads} for head in heads}
        while left:
            ends = [head for head, after in left.items() if not after & left.keys()]
            assert ends, "a cycle of steps that are all alone"
            for head in ends:
                del left[head]


@settings(
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=30,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
@given(text=programs())
def test_cycles_of_random_programs_have_a_step_of_all(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    program = small(tmp_path_factory.mktemp("ample"), text)
    assert_every_cycle_has_a_step_of_all(program.reduced((*FINE, "ample")))
