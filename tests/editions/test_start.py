# SPDX-License-Identifier: GPL-2.0-only
"""Start states and actors fit together."""

from __future__ import annotations

import inspect
from types import FunctionType

import pytest

from memcharge.editions.chain import load, with_functions
from memcharge.scenarios import ScenarioError, actors, all_of, parse
from memcharge.scenarios.start import KINDS, MODIFIERS, build


def own_actors() -> dict[str, FunctionType]:
    modules = [module for module in vars(actors).values() if inspect.ismodule(module)]
    return {
        name: value
        for module in modules
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__
    }


def test_every_actor_has_a_task() -> None:
    assert set(own_actors()) == set(actors.TASKS)


OF_FILES = {"truncate", "splice"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_parameter_and_task_of_an_actor_has_an_object(kind: str) -> None:
    names = build(with_functions(load("v2_6_35"), actors), kind, (), actors.TASKS).names
    for name, actor in own_actors().items():
        wanted = [*inspect.signature(actor).parameters, actors.TASKS[name]]
        missing = [parameter for parameter in wanted if parameter not in names]
        assert missing == (["inode_mapping"] if name in OF_FILES and kind == "anon" else [])


@pytest.mark.parametrize("name", MODIFIERS)
def test_every_modifier_makes_a_start_state_of_some_kind(name: str) -> None:
    kind = "shmem" if name in {"swapped", "swapcache", "readahead", "high"} else "file"
    if name in {"written", "double"}:
        kind = "anon"
    needs = {"parent_limit": ["parent"], "high": ["readahead"]}.get(name, [])
    build(load("v2_6_35").namespace, kind, [name, *needs])


@pytest.mark.parametrize(
    ("kind", "modifiers", "message"),
    [
        ("huge", "", "no page kind 'huge'"),
        ("file", "upside_down", "no modifier 'upside_down'"),
        ("anon", "unmapped", "an anonymous page that nobody maps is free"),
        ("anon", "dirty", "dirty is for file and shmem pages"),
        ("file", "shared unmapped", "both unmapped and shared"),
        ("file", "swapped", "for anonymous and shmem pages"),
        ("anon", "swapcache swapped", "either swapped, or in the swapcache"),
        ("anon", "high readahead", "high is for shmem pages"),
        ("shmem", "high", "add readahead"),
        ("file", "double", "double is for anonymous pages"),
        ("anon", "double shared", "double is for anonymous pages"),
        ("file", "parent_limit", "parent_limit needs a group above"),
        ("file", "parent hierarchy", "for itself only or for both"),
        ("anon", "noswapaccount memsw_limit", "no limit of memory and swap together"),
        ("anon", "swapped writeback", "not in memory, so not under writeback"),
    ],
)
def test_an_impossible_start_state_is_refused(kind: str, modifiers: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build(load("v2_6_35").namespace, kind, modifiers.split())


@pytest.mark.parametrize("edition", ["v2_6_28", "v6_6"])
def test_swap_goes_uncounted_only_where_that_can_be_chosen(edition: str) -> None:
    scenario = parse("swap_out@anon,noswapaccount")
    assert scenario in all_of(load("v3_17"))
    assert scenario not in all_of(load(edition))
    with pytest.raises(ScenarioError, match="gives no choice"):
        scenario.prepare(load(edition))


def test_a_page_is_too_high_only_where_shmem_asks() -> None:
    scenario = parse("fault@shmem,high,readahead")
    assert scenario in all_of(load("v3_6"))
    assert scenario not in all_of(load("v3_4"))
    with pytest.raises(ScenarioError, match="does not ask which zone a shmem page lies in"):
        scenario.prepare(load("v3_4"))


def test_a_signal_goes_to_who_moves_pages_or_else_to_who_charges() -> None:
    names = with_functions(load("v3_17"), actors)
    for acting, victim in (("kill migrate cow", "migrator"), ("cow kill", "task0")):
        start = build(names, "anon", ["empty"], acting.split())
        assert start.names["killed_task"].name == victim
