# SPDX-License-Identifier: GPL-2.0-only
"""Short, recognisable names for places, and which functions are mere locking.

A place is spelled as in the source, `memcg.stat.count[FILE_MAPPED]`; people
say "memcg FILE_MAPPED".  A place that no rule knows is printed as it is, so
protocols that have nothing to do with memcg read sensibly too.
"""

from __future__ import annotations

import re

from memcharge.trace.witness import LOCK_CALL

# Suffix of a place -> what people call it, after the object's own name.
_SHORT: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), name)
    for pattern, name in (
        (r"\._mapcount\.counter$", " mapcount"),
        (r"\._count\.counter$", " count"),
        (r"\.res\.usage$", " usage"),
        (r"\.res\.limit$", " limit"),
        (r"\.res\.failcnt$", " failcnt"),
        (r"\.memsw\.usage$", " memsw usage"),
        (r"\.memsw\.limit$", " memsw limit"),
        (r"\.stat\.count\[(?:MEM_CGROUP_STAT_)?(\w+)\]$", r" \1"),
        (r"\.css\.refcnt(?:\.counter)?$", " css refcnt"),
        (r"\.(?:page_cgroup\.)?(PCG_\w+)$", r" \1"),
        (r"\.page_cgroup\.mem_cgroup$", " pc mem_cgroup"),
        (r"\.(PG_\w+)$", r" \1"),
        (r"\.counter$", ""),
    )
)

_MAPCOUNT = "._mapcount.counter"
_LOCK_PLACE = re.compile(r"\.(PG_locked|PCG_LOCK|PCG_MOVE_LOCK|locked|readers|writer)$")


def short(place: str) -> str:
    """The place as people call it."""
    for pattern, name in _SHORT:
        said, found = pattern.subn(name, place)
        if found:
            return said
    return place


def value(place: str, text: str) -> str:
    """A value as people say it: a mapcount counts from 0, though its field starts at -1."""
    if place.endswith(_MAPCOUNT) and re.fullmatch(r"-?\d+", text):
        return str(int(text) + 1)
    return {"True": "1", "False": "0", "None": "NULL"}.get(text, text)


def change(place: str, old: str, new: str) -> str:
    """`memcg FILE_MAPPED 0 -> -1`."""
    return f"{short(place)} {value(place, old)} -> {value(place, new)}"


def is_lock(place: str, function: str) -> bool:
    """Whether an access to `place` from `function` does nothing but lock, unlock or wait."""
    return bool(_LOCK_PLACE.search(place) or LOCK_CALL.search(function))
