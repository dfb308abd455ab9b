# SPDX-License-Identifier: GPL-2.0-only
"""The known bugs of page-charge accounting, and whether a check finds each where it is.

They are data, in `bugs` beside this file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import fields, replace
from functools import cache
from importlib import resources

from memcharge.editions.chain import Edition, load
from memcharge.engine import Options, check
from memcharge.scenarios import find
from memcharge.trace import Result
from memcharge.trace.corpus import Bug, Entry, Looked

Begin = Callable[[str, str], None]  # told which edition and which scenario come next


@cache
def bugs() -> tuple[Bug, ...]:
    """All known bugs, in the order of their numbers."""
    folder = resources.files("memcharge.analysis").joinpath("bugs")
    rows: dict[str, dict[str, object]] = {}
    for file in folder.iterdir():
        more = tomllib.loads(file.read_text("utf-8"))
        if twice := rows.keys() & more.keys():
            raise ValueError(f"{file.name}: {min(twice)} is in another file, too")
        rows |= more
    return tuple(_bug(number, rows[number]) for number in sorted(rows))


def _bug(number: str, row: dict[str, object]) -> Bug:
    known = {one.name for one in fields(Bug)}
    strange = row.keys() - known
    if strange:
        raise ValueError(f"{number} has no field {min(strange)}")
    given = {name: tuple(v) if isinstance(v, list) else v for name, v in row.items()}
    return Bug(id=number, **given)  # type: ignore[arg-type]


def bugs_of(edition: str) -> tuple[Bug, ...]:
    """What is known to be broken in an edition, told as if there were no other."""
    return tuple(
        replace(bug, editions=(edition,), fixed_in=())
        for bug in bugs()
        if edition in bug.editions and not bug.excused
    )


class Finder:
    """Looks for bugs, checking no scenario of an edition twice."""

    def __init__(self, options: Options, begin: Begin) -> None:
        self._options, self._begin = options, begin
        self._results: dict[tuple[str, str], Result] = {}
        self._editions: dict[str, Edition] = {}

    def look(self, bug: Bug) -> Entry:
        """Whether the editions that have the bug show it, and those that have it no more do not."""
        if bug.excused:
            return Entry(bug)
        return Entry(
            bug,
            tuple(self._looked(bug, name) for name in bug.editions),
            tuple(self._looked(bug, name) for name in bug.fixed_in),
        )

    def _looked(self, bug: Bug, name: str) -> Looked:
        result = self._result(name, bug.scenario)
        for broken in result.broken:
            if broken.property == bug.property:
                return Looked(name, True, result.complete, broken.steps, broken.schedule)
        return Looked(name, False, result.complete)

    def _result(self, name: str, scenario: str) -> Result:
        key = name, scenario
        if key not in self._results:
            self._begin(name, scenario)
            if name not in self._editions:
                self._editions[name] = load(name)
            edition = self._editions[name]
            self._results[key] = check(edition, find(edition, scenario), self._options)
        return self._results[key]
