# SPDX-License-Identifier: GPL-2.0-only
"""The named scenarios: each asks one question about a page or a group and its charge."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from memcharge.scenarios.catalogue import groups, moving, pages, programs, swap
from memcharge.scenarios.scenario import PageScenario, from_name

PURPOSES = {
    **pages.PURPOSES,
    **programs.PURPOSES,
    **swap.PURPOSES,
    **moving.PURPOSES,
    **groups.PURPOSES,
}

# What the mail of 2010-05-07 is about: the lost count, the underflow, the late commit.
STORY = ("migrate@file", "migrate+munmap@file", "migrate+truncate@file")


@lru_cache(maxsize=1)
def catalogue() -> tuple[PageScenario, ...]:
    """All named scenarios, those with fewer actors first."""
    return tuple(replace(from_name(name), purpose=text) for name, text in PURPOSES.items())


def parse(name: str) -> PageScenario:
    """A scenario by name, from the catalogue if it is there; ScenarioError if it is none."""
    found = from_name(name)
    return next((one for one in catalogue() if one.name == found.name), found)
