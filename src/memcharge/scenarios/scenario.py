# SPDX-License-Identifier: GPL-2.0-only
"""A scenario and its name: actors joined by +, then @ and the page kind, then modifiers.

`migrate+munmap@anon,shared` is a migration against a munmap of an anonymous
page that two address spaces map.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from memcharge.editions.chain import Edition
from memcharge.scenarios.actors import TASKS
from memcharge.scenarios.prepare import prepare_pages
from memcharge.scenarios.shape import Prepared, ScenarioError
from memcharge.scenarios.start import KINDS, MODIFIERS

MOST_ACTORS = 4


@dataclass(frozen=True, slots=True)
class PageScenario:
    """Who acts, on what kind of page, from which start state."""

    actors: tuple[str, ...]
    kind: str
    modifiers: frozenset[str] = frozenset()
    purpose: str = ""

    @property
    def name(self) -> str:
        """The name, modifiers in alphabetical order."""
        return ",".join([f"{'+'.join(self.actors)}@{self.kind}", *sorted(self.modifiers)])

    @property
    def summary(self) -> str:
        """What it is about, in a sentence."""
        if self.purpose:
            return self.purpose
        pages = {"file": "a file page", "shmem": "a shmem page", "anon": "an anonymous page"}
        text = f"{' against '.join(self.actors)} on {pages[self.kind]}"
        return "; ".join([text, *(MODIFIERS[one] for one in sorted(self.modifiers))])

    def expected(self, edition: str) -> str | None:
        """The pinned verdict under a shipped edition, None if there is none."""
        pin = pins(edition).get(self.name)
        return str(pin["verdict"]) if pin else None

    def prepare(self, edition: Edition) -> Prepared:
        """Build the start state with the edition's own functions, and place the actors on it."""
        return prepare_pages(edition, self)


@cache
def pins(edition: str) -> dict[str, dict[str, Any]]:
    """The pinned verdict and counts of each scenario; none of an edition that is not shipped."""
    file = Path(__file__).parent / "expected" / f"{edition}.json"
    return json.loads(file.read_text("utf-8")) if file.is_file() else {}


def from_name(name: str) -> PageScenario:
    """Read a scenario's name; ScenarioError says what is wrong with it."""
    text, at, rest = name.partition("@")
    if not at or not text or not rest:
        raise ScenarioError(
            f"scenario {name!r} is not ACTOR+ACTOR@KIND; write for example migrate+munmap@file"
        )
    kind, *modifiers = rest.split(",")
    actors = text.split("+")
    for actor in actors:
        _known("actor", actor, TASKS, name)
    _known("page kind", kind, KINDS, name)
    for modifier in modifiers:
        _known("modifier", modifier, MODIFIERS, name)
    if len(actors) > MOST_ACTORS:
        raise ScenarioError(
            f"scenario {name!r} has {len(actors)} actors; at most {MOST_ACTORS} are explored"
        )
    return PageScenario(tuple(actors), kind, frozenset(modifiers))


def _known(what: str, word: str, known: Iterable[str], name: str) -> None:
    names = list(known)
    if word in names:
        return
    near = difflib.get_close_matches(word, names, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}"
    raise ScenarioError(f"scenario {name!r}: no {what} {word!r}; {hint}")
