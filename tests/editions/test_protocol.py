# SPDX-License-Identifier: GPL-2.0-only
"""A protocol of its own, from one file: what it may declare, and what a wrong one is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from memcharge.cli import verbs
from memcharge.editions.chain import EditionError, load
from memcharge.kernel.struct import Struct
from memcharge.scenarios import ScenarioError, all_of, find

PROTOCOL = '''# a comment
"""Two take a lock.

More.
"""

from __future__ import annotations

from memcharge.kernel import *

PROVENANCE = "a test"
ROUNDS = 1


class Gate(Struct):
    """What they pass."""

    lock: SpinLock = embed(SpinLock)
    inside: int = sint(3)
    seen: list[int] = array(2, sint(3, -1))
    other: Gate | None = ref("Gate")


gate = the("gate", Gate)

SCENARIOS = {
    "alone": ("go(gate, 1)",),
    "both": ("go(gate, 0)", "go(gate, 1)"),
}
ALWAYS = ("one_is_inside",)
AT_END = ("all_have_left",)


def start() -> None:
    Gate("gate")


def take(it: Gate) -> None:
    spin_lock(it.lock)


def go(it: Gate, number: int) -> None:
    for _ in range(ROUNDS):
        take(it)
        it.inside += 1
        it.seen[number] = it.inside
        it.inside -= 1
        spin_unlock(it.lock)


def one_is_inside() -> bool:
    """At most one is inside."""
    return gate.inside <= 1


def all_have_left() -> bool:
    """Nobody is inside any more."""
    return gate.inside == 0
'''

TWIN = '''"""Nobody waits."""

BASE = "gate.py"


def take(it: Gate) -> None:
    with atomic():
        it.lock.locked = True
'''


def saved(folder: Path, text: str, name: str = "gate.py") -> str:
    path = folder / name
    path.write_text(text)
    return str(path)


def line_of(text: str) -> int:
    return PROTOCOL[: PROTOCOL.index(text)].count("\n") + 1


def run(*args: str) -> Result:
    return CliRunner().invoke(verbs, list(args))


def test_a_protocol_says_what_it_is(tmp_path: Path) -> None:
    gate = load(saved(tmp_path, PROTOCOL))
    assert (gate.name, gate.base, gate.provenance) == ("gate", None, "a test")
    assert gate.summary == "Two take a lock."
    assert gate.own[0] == "start"
    assert gate.namespace["go"].__globals__ is gate.namespace
    both = find(gate, "both")
    assert [one.name for one in all_of(gate)] == ["alone", "both"]
    assert both.summary == "go(gate, 0) against go(gate, 1)"
    ready = both.prepare(gate)
    assert [actor.arguments[1] for actor in ready.actors] == [0, 1]
    assert [(one.name, one.meaning) for one in ready.properties] == [
        ("one_is_inside", "At most one is inside"),
        ("all_have_left", "Nobody is inside any more"),
    ]


def test_a_protocol_is_checked_listed_shown_and_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    saved(tmp_path, PROTOCOL)
    saved(tmp_path, TWIN, "twin.py")
    done = run("check", "gate.py")
    assert done.exit_code == 0, done.output
    assert "both       Never" in done.output.replace("both      ", "both       ")
    assert "Not modelled: memory order.\n" in done.output
    assert run("check", "twin.py", "gate.py", "-s", "both").exit_code == 1
    drawn = run("race")
    assert drawn.exit_code == 0
    assert "one_is_inside, both" in drawn.output
    assert run("race", "twin.py", "both").exit_code == 1
    replayed = run("race", "twin.py", "both", "--schedule", "0x2 1x4")
    assert replayed.exit_code == 0, replayed.output
    listed = run("list", "twin.py").output
    assert "  alone  go(gate, 1)\n  both   go(gate, 0) against go(gate, 1)\n" in listed
    assert "Nobody is inside any more (at end)" in listed
    assert "every statement is reached\n" in run("list", "--uncovered", "gate.py").output
    assert "twin.py:6" in run("show", "twin.py", "take").output
    assert "+++ twin/take" in run("diff", "gate.py", "twin.py").output


def test_what_was_reached_of_another_text_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    saved(tmp_path, PROTOCOL)
    assert run("check", "gate.py", "-s", "both").exit_code == 0
    asked = ("list", "--uncovered", "--record", "memcharge-run.json", "gate.py")
    assert run(*asked).exit_code == 0
    saved(tmp_path, "# moved down\n" + PROTOCOL)
    refused = run(*asked)
    assert refused.exit_code == 2
    assert "gate has another text than when that record was made" in refused.output


def test_a_start_state_may_be_built_by_running_the_protocol(tmp_path: Path) -> None:
    gate = load(saved(tmp_path, PROTOCOL.replace('Gate("gate")', 'Gate("gate")\n    take(gate)')))
    machine = find(gate, "both").prepare(gate).machine
    made: Any = machine.globals["gate"]
    assert made.lock.locked
    assert [*machine.globals] == ["gate"]


def test_a_patch_on_a_protocol_is_run_by_its_scenarios(tmp_path: Path) -> None:
    saved(tmp_path, PROTOCOL)
    twin = load(saved(tmp_path, TWIN, "twin.py"))
    assert twin.base == "gate"
    assert twin.namespace["go"].__globals__["take"].__code__.co_filename.endswith("twin.py")
    assert [one.name for one in all_of(twin)] == ["alone", "both"]


def test_two_protocols_may_call_different_structs_by_one_name(tmp_path: Path) -> None:
    gate = load(saved(tmp_path, PROTOCOL))
    load(saved(tmp_path, PROTOCOL, "gate2.py"))
    find(gate, "both").prepare(gate)
    assert Struct.known["Gate"] is gate.namespace["Gate"]


@pytest.mark.parametrize(
    ("old", "new", "below", "what"),
    [
        ("SCENARIOS =", "ACTORS =", None, "BASE is missing"),
        ('"go(gate, 1)",)', '"go(gate",)', 0, "no call of an actor"),
        ('"go(gate, 1)",)', '"go(gate, 1 + 1)",)', 0, "no call of an actor"),
        ('"go(gate, 1)",)', "3,)", 0, "no call of an actor"),
        ('"go(gate, 1)",)', '"went(gate, 1)",)', 0, "no function went()"),
        ('"go(gate, 1)",)', '"go(gate)",)', 0, "1 arguments for go()"),
        ('("go(gate, 1)",)', '"go(gate, 1)"', 0, "SCENARIOS cannot be read"),
        ('"alone":', "1:", 0, "SCENARIOS cannot be read"),
        ('("one_is_inside",)', '"one_is_inside"', 0, "ALWAYS cannot be read"),
        ('("one_is_inside",)', '("none_is_inside",)', 0, "no function none_is_inside()"),
        ('("all_have_left",)', '("go",)', 0, "no function go()"),
        ("class Gate(Struct)", "class Gate", 0, "class Gate is no struct"),
        ("class Gate(Struct)", "class Page(Struct)", 0, "there is a Page already"),
        ("inside: int = sint(3)", "inside: int = print(2)", 0, "no field of Gate"),
        ("inside: int = sint(3)", "inside: int = uint(open(2))", 0, "no field of Gate"),
        ("inside: int = sint(3)", "inside = 2", 0, "no field of Gate"),
        ("inside: int = sint(3)", "inside: int = sint(3, 4)", 0, "WidthError"),
        ('the("gate", Gate)', 'the("gates", Gate)', 0, "Assign at the top level"),
        ("import *", "import *\nimport os", 1, "Import at the top level"),
        ("import *", "import *\nfrom os import path", 1, "ImportFrom at the top level"),
        ("def start()", "def begin()", None, "no function start()"),
        ("def start()", "def start(one)", None, "0 arguments for start()"),
    ],
)
def test_a_wrong_protocol_is_told_where_and_what_to_do(
    tmp_path: Path, old: str, new: str, below: int | None, what: str
) -> None:
    line = 1 if below is None else line_of(old) + below
    path = saved(tmp_path, PROTOCOL.replace(old, new, 1))
    with pytest.raises(EditionError) as caught:
        load(path)
    assert what in caught.value.what
    assert caught.value.line == line
    assert caught.value.why
    assert caught.value.remedy
    done = run("check", path)
    assert (done.exit_code, done.stderr) == (2, f"Error: {caught.value}\n")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('Gate("gate")', 'Gate("gatf")', 'the("gate", ...) names an object that start() does not'),
        ('"go(gate, 1)",)', '"go(gat, 1)",)', "gate.py:27: 'go(gat, 1)' is given an object"),
        ('Gate("gate")', 'Gate("gate", inside=4)', "gate.py:35: in start: WidthError"),
        ('Gate("gate")', "take(gate)", "LookupError: no Gate gate"),
    ],
)
def test_a_start_that_cannot_be_is_told(tmp_path: Path, old: str, new: str, said: str) -> None:
    gate = load(saved(tmp_path, PROTOCOL.replace(old, new, 1)))
    with pytest.raises(ScenarioError) as caught:
        find(gate, "alone").prepare(gate)
    assert said in str(caught.value)


def test_a_scenario_that_is_not_declared_is_told_the_nearest(tmp_path: Path) -> None:
    gate = load(saved(tmp_path, PROTOCOL))
    with pytest.raises(ScenarioError, match=r"gate has no scenario 'bot'; did you mean both\?"):
        find(gate, "bot")
    with pytest.raises(ScenarioError, match="it declares alone, both"):
        find(gate, "migrate@file")
    with pytest.raises(ScenarioError, match="gate is a protocol of its own"):
        find(load("v2_6_34"), "migrate@file").prepare(gate)


def test_a_patch_may_declare_no_scenarios_of_its_own(tmp_path: Path) -> None:
    saved(tmp_path, PROTOCOL)
    with pytest.raises(EditionError, match="Assign at the top level; a patch is"):
        load(saved(tmp_path, TWIN + '\n\nSCENARIOS = {"a": ("go(gate, 0)",)}\n', "twin.py"))


def test_nothing_of_a_refused_protocol_runs(tmp_path: Path) -> None:
    flag = tmp_path / "ran"
    text = PROTOCOL.replace("= the(", f"= open({str(flag)!r}, 'w') or the(")
    with pytest.raises(EditionError):
        load(saved(tmp_path, text))
    assert not flag.exists()
