# SPDX-License-Identifier: GPL-2.0-only
"""The compiled steps of a program: soon at first, and better once the run proves long.

The better code is made beside the search, which goes on meanwhile.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from memcharge.engine.native.machine import FAST, SOON, Compiled

if TYPE_CHECKING:
    from memcharge.engine.native.store import Store

OPTIMISE_AFTER = 0.5  # seconds of running
LARGE = 2_000_000  # characters of text beyond which that would take minutes


class Steps:
    """`@cpu<n>` of each CPU and `@broken`, by address."""

    def __init__(self, text: str, cpus: int) -> None:
        self._text, self._cpus = text, cpus
        self._code = Compiled(text, SOON)
        self._better: Compiled | None = None
        self._maker: threading.Thread | None = None
        self._addresses = np.zeros(max(cpus, 1), np.int64)
        self._seconds = 0.0

    def install(self, store: Store) -> None:
        """Let the search call the best code there is."""
        if self._better is not None:
            self._code = self._better
        for cpu in range(self._cpus):
            self._addresses[cpu] = self._code.address(f"cpu{cpu}")
        store["steps"] = int(self._addresses.ctypes.data)
        store["judge"] = self._code.address("broken")

    def spent(self, seconds: float) -> None:
        """So much longer has the search run; make better code if that is worth it."""
        self._seconds += seconds
        if self._maker is None and self._seconds > OPTIMISE_AFTER and len(self._text) < LARGE:
            self._maker = threading.Thread(target=self._make, daemon=True)
            self._maker.start()

    def _make(self) -> None:
        self._better = Compiled(self._text, FAST)
