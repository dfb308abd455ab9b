# SPDX-License-Identifier: GPL-2.0-only
"""The options that every verb shares that explores: engine, reductions, limits."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypedDict, TypeVar

import click

from memcharge.cli.errors import UserError, unknown
from memcharge.engine import (
    DEFAULT_REDUCTIONS,
    ENGINES,
    REDUCTIONS,
    SEARCHES,
    Options,
    WorkersError,
    workers,
)

F = TypeVar("F", bound=Callable[..., Any])

_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


class Size(click.ParamType[int]):
    """A number of bytes, as 512M or 2G."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        match = re.fullmatch(r"(\d+)([KMGT]?)i?B?", str(value), re.IGNORECASE)
        if not match or int(match[1]) == 0:
            self.fail(f"{value!r} is not a size; write 512M or 2G", param, ctx)
        return int(match[1]) * _UNITS[match[2].upper()]


def search_options(command: F) -> F:
    """Add the options that say how to explore, and how far."""
    for option in (
        click.option("--walks", type=click.IntRange(min=1), metavar="N",
                     help="How many walks to simulate; 1000 by default."),
        click.option("--seed", type=int, metavar="N",
                     help="Which walks to simulate: a seed is always the same ones; by default 1."),
        click.option("--search", type=click.Choice(SEARCHES), default="bfs", show_default=True,
                     help="How: bfs, nearest first; dfs, deepest first, its witnesses not the "
                     "shortest; simulate, random walks. The last two with interp only."),
        click.option("--reduce", metavar="NAME,...", default="default", show_default=True,
                     help="Reductions to use: default, all, none or names."),
        click.option("--schedules", is_flag=True,
                     help="Count the schedules that the states stand for; twice the work."),
        click.option("--engine", type=click.Choice(ENGINES), default=None,
                     help="What explores; by default interp, and native where there is much."),
    ):  # fmt: skip
        command = option(command)
    return limit_options(workers_option(command))


def workers_option(command: F) -> F:
    """Add the option that says who searches."""
    option = click.option("--workers", metavar="N|ray|ray:N|ray://HOST:PORT", default="",
                          help="Search on so many threads, on Ray workers here, or on a Ray "
                          "cluster; by default on one core.")  # fmt: skip
    return option(command)


def limit_options(command: F) -> F:
    """Add the options that say how far to explore."""
    for option in (
        click.option("--time", "seconds", type=click.FloatRange(min=0, min_open=True),
                     metavar="S", help="Stop a search after so many seconds."),
        click.option("--max-memory", type=Size(), metavar="SIZE",
                     help="Stop a search at so much memory, as 2G."),
        click.option("--max-states", type=click.IntRange(min=1), metavar="N",
                     help="Stop a search at so many distinct states."),
    ):  # fmt: skip
        command = option(command)
    return command


class Limits(TypedDict):
    """What the options of `search_options` hand over."""

    engine: str | None
    reduce: str
    max_states: int | None
    max_memory: int | None
    seconds: float | None
    schedules: bool
    search: str
    seed: int | None
    walks: int | None
    workers: str


def options_from(given: Limits) -> Options:
    """The engine's options as the command line gave them."""
    search = given["search"]
    if search != "bfs" and given["engine"] == "native":
        raise UserError(f"--search {search} needs --engine interp; native has bfs only")
    asked_for(given["workers"], search, given["engine"])
    options = Options(
        engine=given["engine"],
        reduce=reductions(given["reduce"]),
        max_states=given["max_states"],
        max_memory=given["max_memory"],
        seconds=given["seconds"],
        schedules=given["schedules"],
        search=search,
        workers=given["workers"],
    )
    if search != "simulate" and (given["seed"] is not None or given["walks"] is not None):
        raise UserError("--seed and --walks go with --search simulate")
    seed, walks = given["seed"], given["walks"]
    return replace(
        options,
        seed=options.seed if seed is None else seed,
        walks=options.walks if walks is None else walks,
    )


def asked_for(text: str, search: str, engine: str | None) -> str:
    """What `--workers` says, if it can be had; else UserError."""
    try:
        wanted = text and workers(text)
    except WorkersError as error:
        raise UserError(str(error)) from None
    if wanted and (search != "bfs" or engine == "interp"):
        raise UserError("--workers share the work of the native engine, which has bfs only")
    return text


def reductions(text: str) -> frozenset[str]:
    """`default`, `all`, `none`, or names separated by commas."""
    sets = {"default": DEFAULT_REDUCTIONS, "all": frozenset(REDUCTIONS), "none": frozenset[str]()}
    if text in sets:
        return sets[text]
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in REDUCTIONS:
            raise unknown("reduction", name, REDUCTIONS, f"there are {', '.join(REDUCTIONS)}")
    if not names:
        raise UserError("--reduce names no reduction; write none for none")
    return frozenset(names)
