# SPDX-License-Identifier: GPL-2.0-only
"""Run actors one after another on one CPU, in plain Python."""

from __future__ import annotations

from collections import Counter
from typing import Any

from memcharge.editions.chain import known, load, with_functions
from memcharge.scenarios import actors
from memcharge.scenarios.start import Start, build

CACHE, RSS, FILE_MAPPED = 0, 1, 2

# Those in which each charged page holds a reference to its group, and unmapping ends the charge.
UNTIL_2_6_35 = known()[known().index("v2_6_34") : known().index("v2_6_35") + 1]


def after(edition: str, kind: str, modifiers: str, *acts: str, held: bool = False) -> Start:
    """The state after these actors ran one after another from that start state.

    `held` adds a reference that nobody drops, so that no migration succeeds.
    """
    kernel = with_functions(load(edition), actors)
    start = build(kernel, kind, modifiers.split())
    if held:
        start.names["page"]._count.counter += 1
    seen: Counter[str] = Counter()
    for act in acts:
        act_on(start, kernel, act, seen[act])
        seen[act] += 1
    return start


def act_on(start: Start, kernel: dict[str, Any], act: str, occurrence: int) -> None:
    """Run one actor; of a list of objects it takes the one of its occurrence."""
    function = kernel[act]
    code = function.__code__

    def named(name: str) -> Any:
        value = start.names[name]
        return value[occurrence] if isinstance(value, list) else value

    with start.machine.running(named(actors.TASKS[act])):
        function(*(named(name) for name in code.co_varnames[: code.co_argcount]))


def counters(start: Start) -> tuple[int, int, int, int, int]:
    """Memory, memory+swap, CACHE, RSS and FILE_MAPPED of the group."""
    memcg = start.names["memcg"]
    stat = memcg.stat.count
    return memcg.res.usage, memcg.memsw.usage, stat[CACHE], stat[RSS], stat[FILE_MAPPED]


def recount(start: Start) -> tuple[int, int, int, int, int]:
    """What these counters should be, from page_cgroups, mapcounts and the slot's record."""
    memcg = start.names["memcg"]
    used = [pc for pc in start.names["page_cgroups"] if pc.PCG_USED and pc.mem_cgroup is memcg]
    cache = [pc for pc in used if pc.PCG_CACHE]
    mapped = [pc for pc in cache if pc.page._mapcount.counter >= 0]
    swapped = start.names["swap_cgroup_ctrl"].map[1] == memcg.css.id
    return len(used), len(used) + swapped, len(cache), len(used) - len(cache), len(mapped)


def references(start: Start) -> int:
    """References to the group besides its own."""
    count: int = start.names["memcg"].css.refcnt.counter
    return count - 1


def charged_free_pages(start: Start) -> list[str]:
    return [p.name for p in start.names["pages"] if p.PG_buddy and p.page_cgroup.PCG_USED]


def uncharged_mapped_pages(start: Start) -> list[str]:
    return [
        p.name
        for p in start.names["pages"]
        if p._mapcount.counter >= 0 and not p.page_cgroup.PCG_USED
    ]


def is_sound(start: Start) -> bool:
    """Counters as recounted, no charge on a free page, no mapped page without one."""
    return (
        counters(start) == recount(start)
        and references(start) == recount(start)[0]
        and not charged_free_pages(start)
        and not uncharged_mapped_pages(start)
        and not any(pc.PCG_MIGRATION for pc in start.names["page_cgroups"])
        and not start.machine.warnings
    )
