# SPDX-License-Identifier: GPL-2.0-only
"""What a check keeps so that it can go on after a limit, ^C or a crash, and how it goes on.

A checkpoint holds what was asked, a fingerprint of every text it depends on,
the finished results, and each search that is not finished.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from hashlib import sha256
from pathlib import Path
from types import FunctionType
from typing import Any, cast

from memcharge import __version__
from memcharge.editions.chain import Edition
from memcharge.engine.checkpoint import CheckpointError, Reader, Writer, write
from memcharge.engine.options import Options
from memcharge.engine.saved import Kept, Saved, put, searches
from memcharge.trace import Record, Result, Run
from memcharge.trace.files import RecordError, dump, load

PACKAGE = Path(__file__).parent.parent
SHARE = 0.05  # of the time at most goes into checkpoints

Key = tuple[int, str]  # the edition by its number in what was asked, and the scenario
Texts = list[tuple[str, str]]  # names and fingerprints, of the tool and of each edition


@dataclass(frozen=True, slots=True)
class Asked:
    """What a command line asked for, as it was typed, so that it can be asked again.

    `width` is that of a sweep: the most actors, and the most modifiers.
    """

    editions: tuple[str, ...]
    scenarios: tuple[str, ...]
    options: Options
    record: str
    screen: dict[str, bool] = field(default_factory=dict)
    width: tuple[int, int] | None = None

    @property
    def again(self) -> str:
        """What to do where nothing can be gone on from."""
        return f"begin again with 'memcharge {'check' if self.width is None else 'sweep'}'"


class Stored:
    """A checkpoint that was found good: what was asked, results and searches."""

    def __init__(self, path: Path) -> None:
        """Read a checkpoint; CheckpointError if there is none, or it is not a good one."""
        self.path = path
        self.reader = Reader(path)
        blocks = {block.name: block for block in self.reader.blocks}
        try:
            head = json.loads(self.reader.read(blocks["asked"]))
            self.version, self.texts = head["version"], head["texts"]
            self.asked = _asked(head["asked"])
            runs = load(self.reader.read(blocks["results"]).decode(), str(path)).runs
            self.searches = {_key(kept): kept for kept in searches(self.reader)}
        except (KeyError, TypeError, ValueError, RecordError):
            self.reader.damaged("holds something else than a check")
        self.results = {
            (number, result.scenario): result
            for number, run in enumerate(runs)
            for result in run.results
        }
        if head["order"] != sys.byteorder:
            raise CheckpointError(f"{path}: written on a machine with another byte order")

    def must_fit(self, texts: Texts) -> None:
        """CheckpointError if the tool or an edition is not what it was."""
        for (name, digest), then in zip(texts, self.texts, strict=True):
            if [name, digest] == then:
                continue
            if name != "memcharge":
                what = f"{name} has changed since"
            elif self.version != __version__:
                what = f"written by memcharge {self.version}, this is {__version__}"
            else:
                what = "memcharge itself has changed since"
            raise CheckpointError(
                f"{self.path}: {what}, so its counts are of no use; {self.asked.again}"
            )


def texts(editions: Sequence[Edition]) -> Texts:
    """A fingerprint of the tool, and of each edition's text outside of it."""
    own = [path for path in sorted(PACKAGE.rglob("*")) if path.suffix in (".py", ".json")]
    found = [("memcharge", _fingerprint(path for path in own if _counts(path)))]
    for edition in editions:
        files = _files(edition.namespace.values()) | {edition.path}
        theirs = [one for one in files if one.is_file() and not one.is_relative_to(PACKAGE)]
        found.append((edition.name, _fingerprint(sorted(theirs))))
    return found


def own_text(edition: Edition) -> str:
    """A fingerprint of the files that hold the functions an edition itself defines."""
    return _fingerprint(sorted(_files(edition.namespace[name] for name in edition.own)))


def _files(values: Iterable[object]) -> set[Path]:
    """Where the functions among some values are defined."""
    return {Path(one.__code__.co_filename) for one in values if isinstance(one, FunctionType)}


def _counts(path: Path) -> bool:
    """Whether a file of the package has a say in what is found."""
    return path.relative_to(PACKAGE).parts[0] not in ("cli", "report", "live", "analysis")


def _fingerprint(paths: Iterable[Path]) -> str:
    whole = sha256()
    for path in paths:
        whole.update(sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def _asked(data: dict[str, Any]) -> Asked:
    known = {one.name for one in fields(Options)}
    given = {name: value for name, value in data["options"].items() if name in known}
    options = replace(Options(**given), reduce=frozenset(given["reduce"]))
    return Asked(
        tuple(data["editions"]),
        tuple(data["scenarios"]),
        options,
        str(data["record"]),
        dict(data["screen"]),
        tuple(data["width"]) if data.get("width") else None,
    )


def _key(kept: Kept) -> Key:
    return kept.about["edition"], kept.about["scenario"]


class Recovery:
    """Keeps what a check has found in a checkpoint, now and then and when it stops."""

    def __init__(
        self,
        path: Path,
        asked: Asked,
        fingerprints: Texts,
        every: float,
        stored: Stored | None = None,
    ) -> None:
        self.path, self.asked, self.every = path, asked, every
        self.problem = ""
        self.results = dict(stored.results) if stored else {}
        self.searches = dict(stored.searches) if stored else {}
        self._texts = fingerprints
        self._ours = stored is not None and stored.path == path
        self._next = time.monotonic() + every
        self._written = False  # whether all of it is in the file

    def pair(self, edition: int, scenario: str) -> PairKeeper:
        """What the search of one edition and scenario is given."""
        return PairKeeper(self, (edition, scenario))

    def due(self) -> bool:
        """Whether it is time to write."""
        return not self.problem and time.monotonic() >= self._next

    def finished(self, edition: int, result: Result) -> None:
        """Note a result; it is written when it is time."""
        if not result.complete:
            return
        self._written = False
        self.results[edition, result.scenario] = result
        self.searches.pop((edition, result.scenario), None)
        if self.due():
            self.write()

    def forget(self, key: Key) -> None:
        """A search that was kept is of no use any more."""
        self._written = False
        del self.searches[key]

    def stop(self) -> str:
        """Leave all of it in the checkpoint; that one's name, or "" if it cannot be written."""
        if not self._written:
            self.write()
        return "" if self.problem else str(self.path)

    def remove(self) -> None:
        """All is complete and kept elsewhere: no checkpoint is needed."""
        if self._ours:
            self.path.unlink(missing_ok=True)

    def write(self, key: Key | None = None, about: Any = None, saved: Saved | None = None) -> None:
        """Write the checkpoint, with a search as it stands; a problem is noted."""
        if self.problem:
            return
        began = time.monotonic()

        def fill(writer: Writer) -> None:
            for name, text in (("asked", self._head()), ("results", self._results())):
                whole = text.encode()
                writer.block(name, len(whole), [whole])
            for other, kept in self.searches.items():
                if other != key:
                    kept.copy(writer)
            if saved is not None:
                put(writer, about, saved)

        try:
            reader = write(self.path, fill)
        except CheckpointError as error:
            self.problem = str(error)
            return
        self._ours = self._written = True
        self.searches = {_key(kept): kept for kept in searches(reader)}
        now = time.monotonic()
        self._next = now + max(self.every, (now - began) / SHARE)

    def _head(self) -> str:
        asked = asdict(self.asked)
        asked["options"]["reduce"] = sorted(asked["options"]["reduce"])
        head = {"version": __version__, "order": sys.byteorder, "texts": self._texts}
        return json.dumps({**head, "asked": asked})

    def _results(self) -> str:
        runs = []
        for number, (edition, _) in enumerate(self._texts[1:]):
            results = [one for (which, _), one in self.results.items() if which == number]
            runs.append(Run(edition, "", "", "", "", (), 0.0, tuple(results)))
        return dump(Record(tuple(runs), version=__version__))


class PairKeeper:
    """What one search asks: where to begin, and whether to save itself."""

    def __init__(self, recovery: Recovery, key: Key) -> None:
        self._recovery, self._key = recovery, key
        self._program = ""
        self._began = time.process_time()
        self.seconds = cast(float, self.resumed.about["seconds"]) if self.resumed else 0.0

    @property
    def resumed(self) -> Kept | None:
        return self._recovery.searches.get(self._key)

    def begin(self, program: str) -> None:
        """The search of this program begins; CheckpointError if another was kept."""
        self._program = program
        if self.resumed is not None and self.resumed.about["program"] != program:
            raise CheckpointError(
                f"{self._recovery.path}: {self._key[1]} is another program than the one that was "
                f"stopped; {self._recovery.asked.again}"
            )

    def due(self) -> bool:
        return self._recovery.due()

    def keep(self, saved: Saved) -> None:
        edition, scenario = self._key
        seconds = self.seconds + time.process_time() - self._began
        about = {"edition": edition, "scenario": scenario, "program": self._program}
        self._recovery.write(self._key, {**about, "seconds": seconds}, saved)

    def leave(self, engine: str) -> None:
        if self.resumed is not None and self.resumed.engine == engine:
            self._recovery.forget(self._key)
