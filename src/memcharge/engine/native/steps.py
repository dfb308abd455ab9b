# SPDX-License-Identifier: GPL-2.0-only
"""The compiled steps of a program: soon at first, and better once the run proves long.

The better code is made function by function beside the search, which goes on
meanwhile and takes up each as it is ready.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from memcharge.engine.native.machine import FAST, SOON, Compiled

OPTIMISE_AFTER = 60  # times as long as the first code took to make has it run
LARGE = 2_000_000  # characters of text beyond which that would take minutes


class Steps:
    """The functions of a program; `put` is told the address of each, and of a better one later."""

    def __init__(self, texts: dict[str, str], put: Callable[[str, int], None]) -> None:
        self._texts, self._put = texts, put
        self._ready: list[tuple[str, int]] = []
        self._code: list[Compiled] = []
        self._maker: threading.Thread | None = None
        self._enough = False
        self._spent = 0.0
        began = time.thread_time()
        for name, text in texts.items():
            self._make(name, text, SOON)
        self._cost = time.thread_time() - began
        self.install()

    def _make(self, name: str, text: str, effort: tuple[tuple[str, ...], int]) -> None:
        code = Compiled(text, effort)
        self._code.append(code)  # what may be running is kept
        self._ready.append((name, code.address(name)))

    def install(self) -> None:
        """Let the search call the best code there is."""
        while self._ready:
            self._put(*self._ready.pop(0))

    def spent(self, seconds: float) -> None:
        """So much longer has the search run; make better code if that is worth it."""
        self._spent += seconds
        if self._maker is None and self._spent > OPTIMISE_AFTER * self._cost:
            self._maker = threading.Thread(target=self._improve)
            self._maker.start()

    def enough(self) -> None:
        """The search is over: begin no more."""
        self._enough = True

    def _improve(self) -> None:
        for name, text in self._texts.items():
            if not self._enough and len(text) < LARGE:
                self._make(name, text, FAST)
