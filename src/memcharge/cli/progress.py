# SPDX-License-Identifier: GPL-2.0-only
"""One live line on a terminal, nothing at all when piped."""

from __future__ import annotations

import shutil
import sys
import time
from typing import Protocol


class Snapshot(Protocol):
    """What an engine tells while it explores."""

    @property
    def states(self) -> int: ...
    @property
    def queue(self) -> int: ...
    @property
    def depth(self) -> int: ...


class ProgressLine:
    """Rewrites one line of standard error; remembers the last figures either way."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._live = sys.stderr.isatty()
        self._head = ""
        self._began = 0.0
        self.states = 0
        self.depth = 0

    def begin(self, number: int, edition: str, scenario: str) -> None:
        """A search starts."""
        self._head = f"{number}/{self._total} {edition} {scenario}"
        self._began = time.monotonic()
        self.states = self.depth = 0
        self._write(self._head)

    def __call__(self, now: Snapshot) -> None:
        self.states, self.depth = now.states, now.depth
        rate = now.states / max(time.monotonic() - self._began, 1e-3)
        self._write(
            f"{self._head}: {now.states:,} states, {now.queue:,} queued, depth {now.depth}, "
            f"{rate:,.0f} states/s  ^C keeps results"
        )

    def end(self) -> None:
        """Leave the line empty."""
        self._write("")

    def _write(self, text: str) -> None:
        if self._live:
            columns = shutil.get_terminal_size().columns
            sys.stderr.write(f"\r\x1b[K{text[: columns - 1]}")
            sys.stderr.flush()
