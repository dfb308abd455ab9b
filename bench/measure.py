# SPDX-License-Identifier: GPL-2.0-only
"""Run one command and say what it cost."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


class Unfinished(Exception):
    """A command ran past its time, or failed: the reason."""


@dataclass(frozen=True)
class Cost:
    """Seconds by the clock and of CPU, the largest resident set in bytes, and what was printed."""

    wall: float
    cpu: float
    peak: int
    output: str


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str], limit: float) -> Cost:
    """Run a command to its end; Unfinished if it takes longer than `limit` seconds or fails.

    memcharge ends with 1 where a property is broken, which is a result.
    """
    with tempfile.TemporaryFile() as printed:
        began = time.perf_counter()
        child = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        status, used = _wait(child.pid, began + limit)
        wall = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        printed.seek(0)
        output = printed.read().decode(errors="replace")
    if wall >= limit:
        raise Unfinished(f"unfinished after {limit:.0f} s")
    if child.returncode not in (0, 1):
        raise Unfinished(f"{Path(command[0]).name} failed with {child.returncode}: {output[-300:]}")
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss << 10, output)


def _wait(pid: int, until: float) -> tuple[int, resource.struct_rusage]:
    while True:
        done, status, used = os.wait4(pid, os.WNOHANG)
        if done:
            return status, used
        if time.perf_counter() > until:
            os.killpg(pid, signal.SIGKILL)
            _, status, used = os.wait4(pid, 0)
            return status, used
        time.sleep(0.002)
