# SPDX-License-Identifier: GPL-2.0-only
"""Workers that are threads of this process; states are handed over by where they lie."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from memcharge.engine.native.steps import Steps
from memcharge.engine.parallel.crew import Crew
from memcharge.engine.parallel.part import Model, Order, Part, Report

BOX = 1 << 16  # states that a worker may hand over in a round


class Threads:
    """A thread for each part; the compiled search runs without the interpreter's lock."""

    where, elsewhere = "threads", False

    def __init__(self, model: Model, workers: int, memory: int) -> None:
        """Start so many within so many bytes together."""
        self.parts = [Part(model, n, workers, memory // workers, BOX) for n in range(workers)]
        self._steps = Steps(model.texts, self._call)
        self._pool = ThreadPoolExecutor(workers, "memcharge")

    def _call(self, name: str, address: int) -> None:
        for one in self.parts:
            one.call(name, address)

    @property
    def workers(self) -> int:
        return len(self.parts)

    def round(self, order: Order) -> list[Report]:
        mail = [[one.mail(n) for one in self.parts] for n in range(self.workers)]
        self._steps.install()
        reports = list(self._pool.map(lambda one, came: one.round(order, came), self.parts, mail))
        self._steps.spent(max(one.seconds for one in reports))
        return reports

    def ask(self, worker: int, what: str, *arguments: Any) -> Any:
        return getattr(self.parts[worker], what)(*arguments)

    def enough(self) -> None:
        self._steps.enough()
        self._pool.shutdown()


def recruit(workers: int, memory: int) -> Callable[[Model], Crew]:
    """What starts so many threads for a search, within so many bytes together."""
    return lambda model: Threads(model, workers, memory)
