# SPDX-License-Identifier: GPL-2.0-only
"""Run an edition in plain Python on one CPU, and read what others' tests look at."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from memcharge.editions.chain import known, load, with_functions
from memcharge.kernel.struct import Freed
from memcharge.scenarios import actors
from memcharge.scenarios.start import Start, build
from memcharge.scenarios.start.groups import leave
from tests.editions.sequences import CACHE, FILE_MAPPED, RSS, act_on

if TYPE_CHECKING:
    from tests.expectations.table import Expectation


def editions(said: Expectation) -> list[str]:
    """The released editions that it is said of, for drafts were never tested."""
    released = [name for name in known() if name.startswith("v")]
    first = released.index(said.since) if said.since else 0
    last = released.index(said.until) if said.until else len(released) - 1
    return released[first : last + 1]


def seen(edition: str, said: Expectation) -> dict[str, int]:
    """The counters that the expectation names, as they are in the end."""
    start = _run(edition, said)
    return {name: value for name, value in _figures(start).items() if name in said.counters}


def _run(edition: str, said: Expectation) -> Start:
    kernel = with_functions(load(edition), actors)
    kind, *modifiers = said.start.split(",")
    acting = [act for act in said.acts if act != "leave"]
    start = build(kernel, kind, modifiers, acting)
    times: Counter[str] = Counter()
    for act in said.acts:
        if act == "leave":
            leave(start.names)
        else:
            act_on(start, kernel, act, times[act])
        times[act] += 1
    return start


def _figures(start: Start) -> dict[str, int]:
    names = start.names
    memcg = names["memcg"]
    offline = int(names["cgroup"].CGRP_REMOVED)
    if isinstance(memcg, Freed):
        return {"removed": 1, "offline": offline}
    stat = memcg.stat.count
    return {
        "usage": memcg.res.usage,
        "memsw": memcg.memsw.usage,
        "failcnt": memcg.res.failcnt,
        "cache": stat[CACHE],
        "rss": stat[RSS],
        "mapped_file": stat[FILE_MAPPED],
        "killed": sum(task.SIGKILL for task in names["mapped_task"]),
        "moved": int(names["page"].PG_buddy and names["newpage"]._mapcount.counter >= 0),
        "removed": 0,
        "offline": offline,
    }
