# SPDX-License-Identifier: GPL-2.0-only
"""Where in the lineage each known bug begins and ends."""

from __future__ import annotations

import pytest

from memcharge.editions.chain import load
from memcharge.engine.check import check
from memcharge.engine.options import Options
from memcharge.scenarios import parse

MIGRATED = "migrate+hold@shmem,swapcache"
FULL = "migrate@anon,limit"
LEAVING = "munmap+swap_out@anon"
ENTERING = "truncate+swap_out@shmem,dirty"
RETURNING = "fault+truncate@shmem,swapped"
SHARED = "migrate+munmap@anon,shared"
ALONE = "migrate@file"
TWICE = "migrate+migrate@file,spare,unmapped"
CLEARED = "munmap+truncate@file"
STALE = "no_freed_page_is_charged"
REFUSED = "migration_causes_no_limit_failure"
MISCOUNTED = "file_mapped_matches_mapcount"
UNCHARGED = "every_page_in_use_is_charged"

DYING = "migrate@file,oom_killed"
COUNTED = "munmap+rmdir@file,left,lru"

FULL_SWAP = "migrate@anon,memsw_limit"
KEPT = "usage_matches_charged_pages"
KILLED = "migrate@anon,killed"
NO_ROOM = "fault@anon,limit,swapped"
LEAKED = "every_page_reference_comes_back"
RECHARGED = "migrate+cow+hold@anon,room,spare"

# Scenario, property, the editions that break it, the next one, which does not.
BUGS = {
    # 4b53433468c8 (in v2.6.36), fixed by 01c88e2d6b73 (in v2.6.38): what memory has taken stays.
    "memory+swap refuses": (FULL_SWAP, KEPT, ("v2_6_37",), ("v2_6_26", "v3_6", "v6_12")),
    # B-07: a dying task moves a page without a charge.
    "moved by a dying task": (KILLED, UNCHARGED, ("v2_6_34",), ("v2_6_35", "v2_6_29", "v4_6")),
    # Fixed by bc43f75cd981 (in v2.6.30): a fault that finds no room keeps a reference.
    "no room at swap-in": (NO_ROOM, LEAKED, ("v2_6_28", "v2_6_29"), ("v2_6_33", "v2_6_34")),
    # B-06, fixed by 93d5c9be1ddd: no group is put, for the charge was let off.
    "let off": (DYING, "null_dereference", ("v2_6_33",), ("v3_6", "v6_12")),
    # B-08, fixed by 8725d5416213: the mapcount is ahead of what is counted.
    "counted for a group that goes": (COUNTED, MISCOUNTED, ("v2_6_33",), ("v2_6_34", "v2_6_35")),
    # B-03, fixed by 50de1dd967d4: a failed migration is taken for a success.
    "failed migration of shmem": (MIGRATED, STALE, ("v2_6_35", "v2_6_37"), ("v2_6_38",)),
    # B-05: two charges for one page.
    "migration at the limit": (
        FULL,
        REFUSED,
        ("v2_6_28", "v2_6_33", "v2_6_34", "v2_6_38", "v3_4"),
        ("v2_6_26", "v3_6", "v6_12"),
    ),
    # Fixed by 826267cf1e6c (in v2.6.39): a slot is freed before it is counted.
    "slot of a shmem page": (ENTERING, "bug_on", ("v2_6_37", "v2_6_38"), ("v3_4", "v3_6")),
    # 0c59b89c81ea (in v3.6), fixed by 28ccddf7952c (in v3.10): an assertion that cannot hold.
    "page enters the swap cache": (LEAVING, "bug_on", ("v3_6",), ("v2_6_35", "v3_4")),
    # d189922862e0 (in v3.5), fixed by 215c02bc33bb (in v3.7): another one.
    "slot truncated at swap-in": (RETURNING, "bug_on", ("v3_6",), ("v3_4",)),
    "new page between two mappings": (SHARED, UNCHARGED, ("v2_6_35", "v3_6"), ("v2_6_34", "v3_17")),
    # No fix known but 0a31bc97c80c (in v3.17): the charge lasts as long as the page.
    "unmapped and truncated": (CLEARED, MISCOUNTED, ("v2_6_34", "v3_6"), ("v3_17",)),
    # B-01, fixed by ac39cf8cb86c: the new page is mapped before it is charged.
    "lost count": (ALONE, MISCOUNTED, ("v2_6_33", "v2_6_34"), ("v2_6_35", "v4_6", "v6_6", "v6_12")),
    # B-30: B-01 again, for the length of a draft.
    "mapped before it is charged": (
        ALONE,
        MISCOUNTED,
        ("v2_6_34", "mm_2014_06_16"),
        ("v3_6", "v3_17"),
    ),
    # Of the same draft, fixed in v2 of its "double migration": a page is moved twice.
    "moved twice": (TWICE, "bug_on", ("mm_2014_06_16",), ("v3_6", "v3_17")),
    # 0a31bc97c80c, fixed by e8ea14cc6ead (in v3.19): the record is seen before it holds the group.
    "record without a reference": (LEAVING, "warn_on", ("v3_17",), ("v3_4", "v3_19")),
}
CASES = [
    (name, edition, edition in broken)
    for name, (_, _, broken, sound) in BUGS.items()
    for edition in (*broken, *sound)
]


@pytest.mark.long
@pytest.mark.parametrize(("name", "edition", "shown"), CASES)
def test_a_bug_is_in_the_editions_that_have_it(name: str, edition: str, shown: bool) -> None:
    scenario, broken, _, _ = BUGS[name]
    result = check(load(edition), parse(scenario), Options())
    assert result.complete
    assert (broken in [one.property for one in result.broken]) == shown
    assert shown or not result.broken


@pytest.mark.long
@pytest.mark.parametrize(("edition", "shown"), [("v2_6_28", True), ("v2_6_29", False)])
def test_a_page_is_charged_again_where_nobody_may_wait(edition: str, shown: bool) -> None:
    """B-11, fixed by 01b1ae63c227: the group's last page went to somebody else meanwhile."""
    result = check(load(edition), parse(RECHARGED), Options())
    assert result.complete
    assert [one.property for one in result.broken] == ([UNCHARGED] if shown else [])
