# SPDX-License-Identifier: GPL-2.0-only
"""What is compiled does what the same text does when Python runs it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings

from memcharge.editions.chain import known, load
from memcharge.engine.prepare import compile_scenario
from memcharge.engine.stepper import make_stepper
from memcharge.scenarios import all_of, parse
from tests.engine.plain import as_compiled, in_plain_python
from tests.engine.test_random import derandomised
from tests.support.explored import ALL
from tests.support.programs import programs
from tests.support.small import Small, small

START = """
class Box(Struct):
    n: int = uint(4)
    m: int = uint(4)
    ready: bool = flag()
    PG_dirty: bool = flag()
    lock: SpinLock = embed(SpinLock)
    next: Box | None = ref("Box")


x = the("x", Box)
y = the("y", Box)


def start():
    x, y = Box("x"), Box("y", n=1)
    x.next = y
    return {"x": x, "y": y}


def least(a: Box, b: Box) -> Box | None:
    if a.n < b.n:
        return a
    if b.n < a.n:
        return b
    return None


def store(a: Box, n: int) -> None:
    n += 1
    a.m = n


"""

FRAGMENTS = {
    "unpacking gives all names their values at once": "a = 1\nb = 2\na, b = a + b, a - b\n"
    "x.n = a\nx.m = b + 8",
    "a name for a struct inside another keeps to its object": "p = x\nl = p.lock\np = y\n"
    "spin_lock(l)",
    "a name for a struct inside depends on the branch": "if x.ready:\n    l = x.lock\nelse:\n"
    "    l = y.lock\nspin_lock(l)",
    "the counter of a range stands at its last value": "for i in range(3):\n    x.n = i\nx.m = i",
    "the counter of a range may be changed": "for i in range(3):\n    i = i + 5\n    x.n = i",
    "a range of none does nothing": "for i in range(0):\n    x.n = 1",
    "break leaves the objects behind": "for b in each(Box):\n    b.m = 3\n    if b.n == 0:\n"
    "        break\ny.n = y.n + 4",
    "continue goes on with the next object": "for b in each(Box):\n    if b.n == 0:\n"
    "        continue\n    b.m = 3",
    "both sides of and are read only if needed": "x.next = None\n"
    "if x.next is not None and x.next.n == 1:\n    y.n = 5",
    "a parameter is the function's own": "n = 4\nstore(x, n)\nx.n = n",
    "the result of the branch taken counts": "p = least(x, y)\np.m = 7\nq = least(y, x)\nq.n = 9",
    "None is a result like others": "p = least(x, x)\nif p is None:\n    x.m = 1",
    "a value may depend on a condition": "a = x.n if x.ready else y.n\nx.m = a + 2",
    "flags are tested and set at once": "if not TestSetPageDirty(x):\n    x.n = 1\n"
    "if TestSetPageDirty(x):\n    x.m = 1",
    "operators bind as in Python": "a = 5\nx.n = (~a & 7) ^ 1 | 1 << 3\nx.m = -a + 2 * a - 1",
    "a loop may end in its middle": "n = 0\nwhile True:\n    n += 1\n    if n == 3:\n"
    "        break\n    if n == 1:\n        continue\n    x.n = n\nx.m = n",
    "truth values count as numbers": "a = (x.n == 0) + (y.n == 1)\nx.m = a",
    "a warning's condition is its value": "if WARN_ON(x.n == 0):\n    x.m = 2",
    "numbers of objects lead back to them": "i = index_of(y)\nobject_at(Box, i).m = i",
    "a failed assertion ends the run": "x.n = 1\nBUG_ON(x.n == 1)\nx.m = 1",
    "a wait for nobody ends the run": "x.n = 1\nspin_lock(x.lock)\nspin_lock(x.lock)\nx.m = 1",
    "a field of None ends the run": "y.n = 3\ny.next.n = 1\nx.m = 1",
    "a freed object cannot be written": "kfree(y)\nx.n = 1\ny.n = 2\nx.m = 1",
    "a freed object cannot be read": "kfree(y)\nx.n = 1\nx.m = y.n\nx.m = 1",
    "nothing is freed twice": "kfree(y)\nx.n = 1\nkfree(y)\nx.m = 1",
}


def assert_same(program: Small) -> None:
    """As it is and reduced; a run that never ends is passed over."""
    for chosen in ((), ALL):
        compiled = as_compiled(make_stepper(program.reduced(chosen)))
        if compiled is None:
            return
        actors = [(getattr(program.module, name), (), None) for name in program.cpus]
        assert in_plain_python(program.machine(), actors) == compiled


@pytest.mark.parametrize("claim", FRAGMENTS)
def test_fragment_does_the_same_compiled(tmp_path: Path, claim: str) -> None:
    body = "\n".join(f"    {line}" for line in FRAGMENTS[claim].split("\n"))
    assert_same(small(tmp_path, f"{START}def cpu0():\n{body}\n"))


@settings(derandomised, max_examples=100)
@given(text=programs())
def test_random_program_does_the_same_compiled(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    assert_same(small(tmp_path_factory.getbasetemp(), text))


def assert_same_in_turn(name: str, edition: str) -> None:
    """As above; an actor that looks again until another CPU has acted never ends in turn."""
    compiled = as_compiled(make_stepper(compile_scenario(load(edition), parse(name), ALL)))
    if compiled is None:
        return
    ready = parse(name).prepare(load(edition))
    actors = [(actor.function, actor.arguments, actor.globals["current"]) for actor in ready.actors]
    assert in_plain_python(ready.machine, actors) == compiled


NAMES = [one.name for one in all_of(load("v2_6_34"))]


@pytest.mark.parametrize("name", NAMES[::4])
def test_actors_in_turn_do_the_same_compiled(name: str) -> None:
    assert_same_in_turn(name, "mm_2010_05_07")


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "edition"),
    [(one.name, edition) for edition in known() for one in all_of(load(edition))],
)
def test_actors_of_every_edition_do_the_same_compiled(name: str, edition: str) -> None:
    assert_same_in_turn(name, edition)
