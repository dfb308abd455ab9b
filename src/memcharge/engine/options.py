# SPDX-License-Identifier: GPL-2.0-only
"""What a check may be told."""

from __future__ import annotations

from dataclasses import dataclass

from memcharge.ir.passes import DEFAULT

ENGINES = ("interp", "native")
SEARCHES = ("bfs", "dfs", "simulate")
DEFAULT_REDUCTIONS = frozenset(DEFAULT)


@dataclass(frozen=True, slots=True)
class Options:
    """The engine, the reductions and the limits: states, bytes, seconds; None is no limit.

    Without an engine the interpreter begins and machine code takes over.  With
    `schedules` the schedules that the states stand for are counted.  `search` is
    the strategy; `walks` and `seed` are those of `simulate`.  `workers` are as
    `--workers` has them; with none there is one.
    """

    engine: str | None = None
    reduce: frozenset[str] = DEFAULT_REDUCTIONS
    max_states: int | None = None
    max_memory: int | None = None
    seconds: float | None = None
    schedules: bool = False
    search: str = "bfs"
    seed: int = 1
    walks: int = 1000
    workers: str = ""
