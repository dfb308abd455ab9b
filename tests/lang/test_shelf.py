# SPDX-License-Identifier: GPL-2.0-only
"""Graphs are compiled once, and shared by the programs that they are the same in."""

from __future__ import annotations

from pathlib import Path

import pytest

from memcharge.editions.chain import load
from memcharge.engine.prepare import compile_scenario
from memcharge.ir.digest import digest
from memcharge.ir.nodes import Program
from memcharge.lang import shelf
from memcharge.scenarios import parse
from tests.support.explored import ALL
from tests.support.small import small

TEXT = """
class Box(Struct):
    n: int = uint(4)
    next: Box | None = link("Box")


box = the("box", Box)


def start():
    first, second = Box("box", n=START), Box("second")
    first.next = LINK
    return {"box": first}


def step():
    box.next.n = BY


def cpu0():
    step()
    kfree(box.next)
"""


def program(folder: Path, start: str = "1", link: str = "second", by: str = "2") -> Program:
    text = TEXT.replace("START", start).replace("LINK", link).replace("BY", by)
    return small(folder, text).compiled()


def test_the_same_text_is_compiled_once(tmp_path: Path) -> None:
    one = small(tmp_path, TEXT.replace("START", "1").replace("LINK", "second").replace("BY", "2"))
    first, second = one.compiled(), one.compiled()
    assert first.cpus[0].nodes is not second.cpus[0].nodes
    assert all(a is b for a, b in zip(first.cpus[0].nodes, second.cpus[0].nodes, strict=True))
    assert first.layout.freeable == second.layout.freeable == {"Box"}


def test_the_shelf_not_asked_for_the_longest_makes_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "_SHELVES", {})
    program(tmp_path, link="first")
    program(tmp_path, link="second")
    first, second = shelf._SHELVES
    kept = [one for graphs in shelf._SHELVES.values() for one in graphs.values()]
    monkeypatch.setattr(shelf, "MOST_NODES", sum(len(one.graph.nodes) for one in kept))
    program(tmp_path, link="first")
    assert [*shelf._SHELVES] == [second, first]
    program(tmp_path, link="None")
    third = [*shelf._SHELVES][-1]
    assert [*shelf._SHELVES] == [first, third]


def test_passes_leave_what_is_shared_as_it_is(tmp_path: Path) -> None:
    one = small(tmp_path, TEXT.replace("START", "1").replace("LINK", "second").replace("BY", "2"))
    before = digest(one.compiled())
    for reductions in ((), ("private",), ALL):
        one.reduced(reductions)
    assert digest(one.compiled()) == before


def test_another_text_link_or_start_state_is_another_program(tmp_path: Path) -> None:
    digests = [
        digest(program(tmp_path)),
        digest(program(tmp_path, by="3")),
        digest(program(tmp_path, link="first")),
        digest(program(tmp_path, start="3")),
    ]
    assert len(set(digests)) == len(digests)


def test_a_scenario_comes_out_the_same_whatever_was_compiled_before() -> None:
    def fingerprint(edition: str, scenario: str) -> str:
        return digest(compile_scenario(load(edition), parse(scenario), ALL))

    shelf._SHELVES.clear()
    alone = fingerprint("mm_2010_05_07", "migrate+munmap@anon,shared")
    shelf._SHELVES.clear()
    for edition in ("v2_6_34", "mm_2010_05_07"):
        for scenario in ("migrate+munmap@anon", "migrate@file,disabled", "munmap+fault@file"):
            fingerprint(edition, scenario)
    assert fingerprint("mm_2010_05_07", "migrate+munmap@anon,shared") == alone
