# SPDX-License-Identifier: GPL-2.0-only
"""The run record, `run.v1`: what an engine finds and every report tells.

The dataclasses are the schema (`run.v1.json` beside this file says the same
in JSON Schema).  Fields may be added within v1, never renamed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

SCHEMA = "memcharge.run.v1"


@dataclass(frozen=True, slots=True)
class Call:
    """One call on the way from an actor to an access.

    `id` tells two calls of one function apart; `text` is the call with its
    arguments as written, `mem_cgroup_end_migration(mem, page, newpage)`.
    """

    id: int
    function: str
    text: str


@dataclass(frozen=True, slots=True)
class Access:
    """One shared access, or one decision taken on what was read.

    `kind` is read, write, wait, choose, warn, bug, free or test.  `calls` leads from
    the actor (first) to the function whose `line` of `file` reads `text`.
    `place` names the field, as `page._mapcount`; `old` and `new` are its
    values as printed, equal for a read.  For a test `new` is "true" or "false".
    """

    kind: str
    calls: tuple[Call, ...]
    file: str
    line: int
    text: str
    place: str = ""
    old: str = ""
    new: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a trace: which CPU, which alternative if it chose, its accesses."""

    cpu: int
    choice: int
    accesses: tuple[Access, ...]


@dataclass(frozen=True, slots=True)
class Broken:
    """A property that does not hold, with a witness.

    It is the shortest if the search was bfs and `ample` not among the reductions;
    that of a warning is as short as its whole run or shorter.
    `steps` counts the witness, `switches` its context switches; `schedule` is
    the run-length string that replays it.  `meaning` is the property in words,
    `consequence` what follows where it does not hold.
    `reads` are the places the property looks at, as `Access.place` names them;
    `observed` are their values where it is broken.  `final_broken` of
    `final_states` of the scenario break it, for a property of the end.
    `cause` is the statement that breaks it, and the last change that another
    CPU made before, if one has a part in it.  A sweep keeps the trace of one
    witness of each cause.
    """

    property: str
    meaning: str
    verdict: str
    steps: int
    switches: int
    schedule: str
    when: str = "always"
    final_broken: int | None = None
    consequence: str = ""
    reads: tuple[str, ...] = ()
    observed: dict[str, str] = field(default_factory=dict)
    trace: tuple[Step, ...] = ()
    cause: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a verdict rests on; without one no verdict but Incomplete is given.

    `why` says why it is not complete.  `exact` searches compare whole states,
    never their hashes alone.  `program` is the fingerprint of what was
    explored: texts, start state and reductions.  `schedules` is the number of
    schedules that the states stand for, None if it was not counted or the
    state graph has a cycle.  `workers` are how many searched, and what they
    are, as `2 threads`; "" if it was one.  `interchangeable` names what could
    change places, a line a group: states, transitions and final states that
    differ only in that count once then.
    """

    complete: bool
    why: str
    exact: bool
    engine: str
    search: str
    reductions: tuple[str, ...]
    program: str
    states: int
    transitions: int
    final_states: int
    depth: int
    schedules: int | None = None
    workers: str = ""
    interchangeable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """One scenario under one edition.

    `verdict` is Never, Sometimes, Always or Incomplete; `incomplete` says why
    if it is the last.  `final_states` counts distinct states in which no CPU
    can step.  `cpus` are the actors, in column order.  `expected` is the
    pinned verdict of a shipped scenario, None if there is none.  `engine` is
    the one that explored it.  `covered` maps a function to the lines of it
    that some schedule reached; `seen` counts the statements and branches of
    the protocol that were reached, and all that the actors can call.  Only the
    interpreter notes them.
    """

    scenario: str
    summary: str
    verdict: str
    complete: bool
    states: int
    transitions: int
    depth: int
    final_states: int
    cpus: tuple[str, ...]
    broken: tuple[Broken, ...]
    properties: tuple[str, ...] = ()
    incomplete: str = ""
    engine: str = ""
    certificate: Certificate | None = None
    expected: str | None = None
    cpu_seconds: float = 0.0
    covered: dict[str, tuple[int, ...]] = field(default_factory=dict)
    seen: dict[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """One edition checked against some scenarios.

    `swept` says of a sweep how wide it was and what it left out: the most
    `actors` and `modifiers`, the combinations `impossible` and `alike`.
    `text` is a fingerprint of the files that hold the edition's own functions.
    """

    edition: str
    provenance: str
    summary: str
    engine: str
    search: str
    reductions: tuple[str, ...]
    cpu_seconds: float
    results: tuple[Result, ...]
    not_modelled: tuple[str, ...] = ()
    swept: dict[str, int] = field(default_factory=dict)
    text: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """A file of runs."""

    runs: tuple[Run, ...]
    schema: str = SCHEMA
    version: str = ""
