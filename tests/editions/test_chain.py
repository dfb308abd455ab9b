# SPDX-License-Identifier: GPL-2.0-only
"""Loading editions: what comes from where, and what a wrong file is told."""

from __future__ import annotations

from inspect import getsource
from pathlib import Path
from types import FunctionType

import pytest

from memcharge.editions.asked import ASKED
from memcharge.editions.chain import EditionError, known, load, with_functions, without
from memcharge.editions.standins import STANDINS
from memcharge.scenarios import actors

PATCH = '''"""Forget the mark.

More.
"""

BASE = "v2_6_35"
PROVENANCE = "a test"
LIMIT = 3


def mem_cgroup_uncharge_page(page: Page) -> None:
    __mem_cgroup_uncharge_common(page, LIMIT)
'''


def saved(folder: Path, text: str, name: str = "mypatch.py") -> str:
    path = folder / name
    path.write_text(text)
    return str(path)


def refusal(folder: Path, text: str) -> EditionError:
    with pytest.raises(EditionError) as caught:
        load(saved(folder, text))
    return caught.value


def test_known_editions_are_in_the_order_of_history() -> None:
    assert known().index("v2_6_33") < known().index("v2_6_34")
    assert known().index("mm_2010_05_07") < known().index("v2_6_35") < known().index("v2_6_37")
    assert known().index("mm_2010_04_16") < known().index("mm_2010_05_07")


@pytest.mark.parametrize("name", without())
def test_an_edition_that_lacks_a_fix_is_a_release_but_for_that(name: str) -> None:
    edition, fix = load(name), name.removeprefix("without/")
    assert name not in known()
    assert edition.base in known()
    assert edition.provenance.startswith(f'{edition.base} without {fix} ("')


def test_a_fix_that_no_edition_lacks_is_a_file_that_is_not_there() -> None:
    with pytest.raises(EditionError, match="without/0123"):
        load("without/0123456789ab")


@pytest.mark.parametrize("name", [*known(), *without()])
def test_every_edition_says_what_it_is_and_where_it_is_from(name: str) -> None:
    edition = load(name)
    assert edition.name == name
    assert edition.summary.endswith(".")
    assert "\n" not in edition.summary
    assert edition.provenance
    assert set(edition.own) <= set(edition.origin)
    assert all(edition.origin[function] == name for function in edition.own)


@pytest.mark.parametrize("name", known())
def test_every_function_resolves_its_calls_in_the_edition(name: str) -> None:
    edition = load(name)
    for function in edition.origin:
        found = edition.namespace[function]
        assert isinstance(found, FunctionType)
        assert found.__globals__ is edition.namespace
        missing = [n for n in found.__code__.co_names if n.startswith(("mem_cgroup_", "page_"))]
        fields = {"mem_cgroup_subsys", "page_cgroup", "page_tree"}
        assert set(missing) <= set(edition.namespace) | fields


def test_a_patch_replaces_only_what_it_holds() -> None:
    edition = load("mm_2010_05_07")
    assert edition.base == "v2_6_34"
    assert edition.own == (
        "__mem_cgroup_uncharge_common",
        "mem_cgroup_prepare_migration",
        "mem_cgroup_end_migration",
        "__unmap_and_move",
    )
    assert edition.origin["migrate_page_copy"] == "v2_6_34"


@pytest.mark.parametrize("name", [*known(), *without()])
def test_an_edition_holds_no_function_as_its_base_has_it(name: str) -> None:
    edition = load(name)
    had = load(edition.base).namespace if edition.base else {}
    both = {one for one in edition.own if isinstance(had.get(one), FunctionType)}
    same = [one for one in both if getsource(edition.namespace[one]) == getsource(had[one])]
    assert not same


def test_what_a_patch_removes_is_gone(tmp_path: Path) -> None:
    text = 'BASE = "v2_6_35"\nREMOVED = ("put_page",)\n'
    edition = load(saved(tmp_path, text))
    assert "put_page" not in edition.namespace
    assert "put_page" not in edition.origin
    assert "put_page" in load("v2_6_35").namespace


def test_what_a_patch_defines_it_cannot_remove(tmp_path: Path) -> None:
    text = PATCH + '\n\nREMOVED = ("mem_cgroup_uncharge_page",)\n'
    assert "it defines that itself" in refusal(tmp_path, text).why


@pytest.mark.parametrize("name", known())
def test_nothing_calls_what_an_edition_has_removed(name: str) -> None:
    edition = load(name)
    before = set(load(edition.base).origin) if edition.base else set()
    gone = before - set(edition.origin)
    for function in edition.origin:
        assert not gone & set(edition.namespace[function].__code__.co_names), function


def test_loading_a_patch_leaves_its_base_alone() -> None:
    load("mm_2010_05_07")
    base = load("v2_6_34")
    assert base.namespace["mem_cgroup_end_migration"].__code__.co_filename.endswith("memcontrol.py")


def test_actors_call_the_edition_that_they_are_bound_to() -> None:
    kernel = with_functions(load("v2_6_35"), actors)
    assert kernel["migrate"].__globals__ is kernel
    assert kernel["migrate_pages"].__globals__ is kernel
    own = load("v2_6_35").namespace["__unmap_and_move"].__code__
    assert kernel["__unmap_and_move"].__code__.co_filename == own.co_filename


def test_a_user_s_file_needs_no_imports(tmp_path: Path) -> None:
    edition = load(saved(tmp_path, PATCH))
    assert edition.name == "mypatch"
    assert edition.base == "v2_6_35"
    assert edition.summary == "Forget the mark."
    assert edition.own == ("mem_cgroup_uncharge_page",)
    assert edition.namespace["LIMIT"] == 3
    assert edition.origin["mem_cgroup_uncharge_page"] == "mypatch"
    assert edition.namespace["page_remove_rmap"].__globals__ is edition.namespace


def test_a_user_s_file_may_build_on_another(tmp_path: Path) -> None:
    saved(tmp_path, PATCH, "below.py")
    above = load(saved(tmp_path, 'BASE = "below.py"\n\n\ndef put_page(page: Page) -> None: ...\n'))
    assert above.base == "below"
    assert above.origin["mem_cgroup_uncharge_page"] == "below"
    assert above.own == ("put_page",)


def test_an_unknown_name_is_told_the_nearest() -> None:
    with pytest.raises(EditionError, match=r"did you mean v2_6_34\?") as caught:
        load("v2.6.34")
    assert caught.value.line is None
    assert "mm_2010_05_07" in caught.value.why


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("x = 3\n", 1, "BASE is missing"),
        ('BASE = ["v2_6_34"]\n', 1, "BASE is not a string"),
        ('\nBASE = "v2_6_3"\n', 2, "no edition is called 'v2_6_3'"),
        ('BASE = "v2_6_34"\nprint("hello")\n', 2, "Expr at the top level"),
        ('BASE = "v2_6_34"\n\nclass A: ...\n', 3, "ClassDef at the top level"),
        ('BASE = "v2_6_34"\nx = open("/")\n', 2, "Assign at the top level"),
        ('BASE = "v2_6_34"\ndef f(a=print()): ...\n', 2, "f has a decorator or a default value"),
        ('BASE = "v2_6_34"\nimport no_such_module\n', 2, "ModuleNotFoundError"),
        ('BASE = "v2_6_34"\ndef f(a: NoSuch): ...\n', 2, "NameError"),
        ('BASE = "v2_6_34"\ndef f(:\n', 2, "invalid syntax"),
        ('BASE = "mypatch.py"\n', 1, "BASE leads back to this file"),
        ('BASE = "v2_6_34"\nREMOVED = "put_page"\n', 2, "REMOVED is no list of names"),
        ('BASE = "v2_6_34"\nREMOVED = (3,)\n', 2, "REMOVED is no list of names"),
        ('BASE = "v2_6_34"\nREMOVED = ("no_such",)\n', 2, "REMOVED names no_such"),
    ],
)
def test_a_wrong_file_is_told_where_and_what_to_do(
    tmp_path: Path, text: str, line: int, what: str
) -> None:
    error = refusal(tmp_path, text)
    assert error.line == line
    assert what in error.what
    assert error.remedy
    assert str(error).startswith(f"{tmp_path / 'mypatch.py'}:{line}")


def test_nothing_of_a_refused_file_runs(tmp_path: Path) -> None:
    flag = tmp_path / "ran"
    refusal(tmp_path, f'BASE = "v2_6_34"\nopen({str(flag)!r}, "w")\n')
    assert not flag.exists()


def test_an_unreadable_file_is_told_why(tmp_path: Path) -> None:
    with pytest.raises(EditionError, match="there is no such file"):
        load(str(tmp_path / "absent.py"))
    with pytest.raises(EditionError, match="it is a directory"):
        load(f"{tmp_path}/")
    (tmp_path / "latin.py").write_bytes(b'BASE = "v2_6_34"  # \xe9\n')
    with pytest.raises(EditionError, match="it is not UTF-8"):
        load(str(tmp_path / "latin.py"))


def test_every_standin_has_a_reason() -> None:
    assert len({standin.name for standin in STANDINS}) == len(STANDINS)
    assert all(standin.reason for standin in STANDINS)


@pytest.mark.parametrize("name", known())
def test_every_edition_answers_what_properties_ask(name: str) -> None:
    assert set(load(name).namespace) >= ASKED
