# SPDX-License-Identifier: GPL-2.0-only
"""Hand-made corpora: bugs nobody looked for yet, and what looking may say of them."""

from __future__ import annotations

from memcharge.trace.corpus import Bug, Corpus, Entry, Looked

LOST = Bug(
    "B-01",
    "a mapped file page moves: the new page's +1 is lost",
    "ac39cf8cb86c (2.6.35-rc1)",
    "A",
    ("v2_6_33", "v2_6_34"),
    ("v2_6_35",),
    "file_mapped_matches_mapcount",
    "migrate@file",
)
OPEN = Bug(
    "B-03",
    "a failed move is taken for a success",
    "50de1dd967d4 (2.6.38-rc1)",
    "A",
    ("v2_6_35",),
    (),
    "no_freed_page_is_charged",
    "migrate+hold@shmem,swapcache",
)
WEAK = Bug("B-47", "a barrier in the wrong place", "713735b4233f", "D", excused="weak memory")


def known_bugs() -> Corpus:
    return Corpus((Entry(LOST), Entry(OPEN), Entry(WEAK)))


def checked_bugs() -> Corpus:
    """One not found in one edition and still there when mended; one cut short by a limit."""
    there = Looked("v2_6_34", True, True, 12, "0x12")
    lost = Entry(LOST, (Looked("v2_6_33", False, True), there), (Looked("v2_6_35", True, True, 9),))
    return Corpus((lost, Entry(OPEN, (Looked("v2_6_35", False, False),)), Entry(WEAK)))
