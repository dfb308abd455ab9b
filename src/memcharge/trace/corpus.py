# SPDX-License-Identifier: GPL-2.0-only
"""The corpus record, `corpus.v1`: known bugs, and where a check found them or not.

The dataclasses are the schema (`corpus.v1.json` beside this file says the same
in JSON Schema).  Fields may be added within v1, never renamed.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

CORPUS_SCHEMA = "memcharge.corpus.v1"


@dataclass(frozen=True, slots=True)
class Bug:
    """A known bug: what broke, who mended it, which editions have it, and how it is found.

    `editions` have it, `fixed_in` do not have it any more; `property` breaks in
    `scenario` where it is.  `needs` is what the model must have for that.
    `excused` says why it cannot be found, "" if it can.  `grade` is how well a
    search of all interleavings of a small model suits it, A certain to D not at all.
    """

    id: str
    title: str
    fix: str
    grade: str
    editions: tuple[str, ...] = ()
    fixed_in: tuple[str, ...] = ()
    property: str = ""
    scenario: str = ""
    needs: str = ""
    excused: str = ""


@dataclass(frozen=True, slots=True)
class Looked:
    """What a check says of a bug in one edition: whether its property breaks in its scenario.

    `complete` is False if a limit cut the search short; `schedule` is the
    witness, "" if there is none.
    """

    edition: str
    broken: bool
    complete: bool
    steps: int = 0
    schedule: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A bug and what was seen of it; nothing in either list if nobody looked."""

    bug: Bug
    affected: tuple[Looked, ...] = ()
    mended: tuple[Looked, ...] = ()

    @property
    def checked(self) -> bool:
        return bool(self.affected or self.mended)

    @property
    def found(self) -> bool:
        """Whether every affected edition shows it."""
        return bool(self.affected) and all(one.broken for one in self.affected)

    @property
    def absent_when_fixed(self) -> bool:
        """Whether no mended edition shows it, in a complete search."""
        return all(one.complete and not one.broken for one in self.mended)

    @property
    def as_expected(self) -> bool:
        return bool(self.bug.excused) or (self.found and self.absent_when_fixed)


@dataclass(frozen=True, slots=True)
class Corpus:
    """A file of known bugs."""

    entries: tuple[Entry, ...]
    version: str = ""
    cpu_seconds: float = field(default=0.0, compare=False)


def dump_corpus(corpus: Corpus) -> str:
    """The corpus as JSON text."""
    bugs = [
        {
            **asdict(entry.bug),
            "found": entry.found,
            "absent_when_fixed": entry.absent_when_fixed,
            "checked": entry.checked,
            "affected": [asdict(one) for one in entry.affected],
            "mended": [asdict(one) for one in entry.mended],
        }
        for entry in corpus.entries
    ]
    head = {"schema": CORPUS_SCHEMA, "version": corpus.version, "cpu_seconds": corpus.cpu_seconds}
    return json.dumps({**head, "bugs": bugs}, indent=1) + "\n"
