# SPDX-License-Identifier: GPL-2.0-only
"""What a search asks of its workers, wherever they are."""

from __future__ import annotations

from typing import Any, Protocol

from memcharge.engine.parallel.part import Order, Report


class Crew(Protocol):
    """Workers that each hold a `Part`, and hand one another states between rounds.

    `where` they are, in words; whether that is `elsewhere`, in other processes.
    """

    @property
    def workers(self) -> int: ...
    @property
    def where(self) -> str: ...
    @property
    def elsewhere(self) -> bool: ...

    def round(self, order: Order) -> list[Report]:
        """Let each take in what the last round left for it, and expand; WorkerLost if one is."""

    def ask(self, worker: int, what: str, *arguments: Any) -> Any:
        """Call a method of one worker's part; WorkerLost."""

    def enough(self) -> None:
        """The search is over; what was found can still be asked."""
