# SPDX-License-Identifier: GPL-2.0-only
"""The accessor families do what their names say, each to its own flag."""

from __future__ import annotations

import re

import pytest

import memcharge.kernel
from memcharge.kernel import *
from memcharge.kernel.flags import FlagAccessor

ACCESSORS = {n: v for n, v in vars(memcharge.kernel).items() if isinstance(v, FlagAccessor)}
NAME = re.compile(r"(?P<verb>TestSet|TestClear|Set|Clear|)(?P<prefix>PageCgroup|Page)(?P<flag>\w+)")
ACTIONS = {
    "": "test",
    "Set": "set",
    "Clear": "clear",
    "TestSet": "test_set",
    "TestClear": "test_clear",
}
AFTER = {"": None, "Set": True, "Clear": False, "TestSet": True, "TestClear": False}

every_accessor = pytest.mark.parametrize("name", [n for n in ACCESSORS if n != "_"])


def parsed(name: str) -> tuple[str, type[Struct], str]:
    """What an accessor's name says: the verb, the struct, the flag without underscores."""
    found = NAME.fullmatch(name)
    assert found is not None
    struct: type[Struct] = PageCgroup if found["prefix"] == "PageCgroup" else Page
    prefix = "PCG" if struct is PageCgroup else "PG"
    return found["verb"], struct, (prefix + found["flag"]).upper()


@every_accessor
def test_accessor_names_its_action_and_its_flag(name: str) -> None:
    verb, struct, flag_name = parsed(name)
    accessor = ACCESSORS[name]
    assert accessor.name == name
    assert accessor.action == ACTIONS[verb]
    assert accessor.field in struct.fields
    assert accessor.field.replace("_", "").upper() == flag_name


@every_accessor
@pytest.mark.parametrize("before", [False, True])
def test_accessor_does_that_and_nothing_else(name: str, before: bool) -> None:
    verb, struct, _ = parsed(name)
    accessor = ACCESSORS[name]
    with Machine():
        obj = struct("it")
    names = [f for f in struct.fields if f.startswith(("PG_", "PCG_"))]
    for field in names:
        setattr(obj, field, before != (field != accessor.field))
    others = {field: getattr(obj, field) for field in names if field != accessor.field}
    found = accessor(obj)
    if "Test" in verb or verb == "":
        assert found is before
    after = AFTER[verb]
    assert getattr(obj, accessor.field) == (before if after is None else after)
    assert {field: getattr(obj, field) for field in others} == others


def test_every_flag_of_the_structs_can_be_tested_by_name() -> None:
    tested = {a.field for a in ACCESSORS.values() if a.action == "test"}
    flags = {f for s in (Page, PageCgroup) for f in s.fields if f.startswith(("PG_", "PCG_"))}
    assert flags - tested == {"PCG_LOCK", "PCG_MOVE_LOCK", "PCG_MEM", "PCG_MEMSW"}


def test_an_accessor_says_what_it_is() -> None:
    assert repr(TestClearPageDirty) == "<flag accessor TestClearPageDirty>"
