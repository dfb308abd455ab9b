# SPDX-License-Identifier: GPL-2.0-only
"""Random programs through every engine and reduction: python -m tests.fuzz --help."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from queue import Queue

from tests.fuzz.block import told
from tests.fuzz.comparing import Told, compare
from tests.fuzz.drawing import program_text
from tests.fuzz.summary import Summary

BLOCK = 400  # programs of a process: it takes a second to start, and keeps what it compiled
SAID_EVERY = 100  # programs
RUNNING: list[subprocess.Popen[str]] = []
OUT = Path(tempfile.gettempdir()) / "memcharge-fuzz"


def main() -> int:
    asked = _arguments()
    if asked.file:
        return _one(compare(_made(asked.out), asked.file.read_text("utf-8"), asked.seed))
    every = asked.ray_every if find_spec("ray") else 0
    if asked.programs == 1:
        ray = every > 0 and asked.seed % every == 0
        print(program_text(asked.seed))
        return _one(told(asked.seed, _made(asked.out), ray=ray))
    summary = Summary()
    began = time.monotonic()
    try:
        for one in _all(asked.seed, asked.programs, asked.jobs, every):
            summary.add(one)
            if one.how == "differs":
                _keep(one, _made(asked.out))
            if sum(summary.how.values()) % SAID_EVERY == 0:
                print(f"{time.monotonic() - began:6.0f} s: {summary.line()}", file=sys.stderr)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
    last = asked.seed + asked.programs
    print(f"programs {asked.seed} to {last - 1}; others: --seed {last}")
    print(summary.whole())
    return 1 if summary.differing else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--programs", type=int, default=1000, help="how many numbers to draw for")
    parser.add_argument("--seed", type=int, default=0, help="the first number")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes")
    parser.add_argument("--ray-every", type=int, default=100, help="programs; 0 is never")
    parser.add_argument("--out", type=Path, default=OUT, help="where what differs is kept")
    parser.add_argument("--file", type=Path, help="compare the program in this file alone")
    return parser.parse_args()


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _one(result: Told) -> int:
    print(result.how, f"{result.states} states", f"{result.seconds:.2f} CPU s")
    if result.how == "differs":
        print(result.where, result.why, sep="\n")
    return result.how == "differs"


def _all(first: int, count: int, jobs: int, every: int) -> Iterator[Told]:
    """What becomes of each, as it comes; those for Ray are one block: it takes long to start."""
    shares = [(at, min(BLOCK, first + count - at), "") for at in range(first, first + count, BLOCK)]
    if every:
        shares.insert(0, (first, count, "ray"))
    come: Queue[Told | None] = Queue()
    with ThreadPoolExecutor(jobs) as pool:
        for at, most, ray in shares:
            pool.submit(_put, come, at, most, every, ray)
        try:
            for _ in shares:
                while (one := come.get()) is not None:
                    yield one
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in RUNNING:
                process.terminate()
            raise


def _put(come: Queue[Told | None], first: int, count: int, every: int, ray: str) -> None:
    try:
        for one in _block(first, count, every, ray):
            come.put(one)
    finally:
        come.put(None)


def _block(first: int, count: int, every: int, ray: str) -> Iterator[Told]:
    """What a process of its own tells; the program that it dies of differs too."""
    command = [sys.executable, "-m", "tests.fuzz.block", *map(str, (first, count, every)), ray]
    number = first
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
        RUNNING.append(process)
        assert process.stdout is not None
        for line in process.stdout:
            one = json.loads(line)
            number = one["number"]
            if len(one) > 1:
                yield Told(**one)
        if process.wait():
            errors.seek(0)
            why = f"the process ended with {process.returncode}\n{errors.read()[-2000:]}"
            yield Told(number, "differs", "process", why)


def _keep(one: Told, folder: Path) -> None:
    """Write down a program that differs, and say how to look at it."""
    path = folder / f"program_{one.number}.txt"
    path.write_text(program_text(one.number) or "", encoding="utf-8")
    path.with_suffix(".why").write_text(f"{one.where}\n{one.why}", encoding="utf-8")
    again = f"python -m tests.fuzz --seed {one.number} --programs 1"
    print(f"{one.where}: see {path}, or {again}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
