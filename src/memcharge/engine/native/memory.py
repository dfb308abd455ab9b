# SPDX-License-Identifier: GPL-2.0-only
"""Address space that costs memory only where it is touched, and how much there is to be had.

Without numpy: to import it takes as long as half a million states.
"""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import os
from pathlib import Path
from typing import Literal

NORESERVE = getattr(mmap, "MAP_NORESERVE", 0x4000)
LARGE = 4 << 20  # bytes from which large pages are worth asking for


class Memory:
    """Zeros; `kind` is a number's, as the module array has it: q and Q have 64 bits, I has 32.

    Large pages save most of the time that first touching takes.
    """

    def __init__(self, length: int, kind: Literal["I", "Q", "q"]) -> None:
        size = max(length * (4 if kind == "I" else 8), mmap.PAGESIZE)
        flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | NORESERVE
        self._map = mmap.mmap(-1, size, flags=flags)
        if size >= LARGE and hasattr(mmap, "MADV_HUGEPAGE"):
            with contextlib.suppress(OSError):  # a kernel without them
                self._map.madvise(mmap.MADV_HUGEPAGE)
        self.array = memoryview(self._map).cast(kind)
        self.address = ctypes.addressof(ctypes.c_char.from_buffer(self._map))


def free_memory() -> int:
    """Bytes that can be had without pushing anything out."""
    try:
        for line in Path("/proc/meminfo").read_text("ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) << 10
    except OSError:
        pass
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
