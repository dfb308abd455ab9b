# SPDX-License-Identifier: GPL-2.0-only
"""A stretch of numbers, their programs compared one after another: what a process does."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.fuzz.comparing import Told, compare
from tests.fuzz.drawing import program_text


def numbers(first: int, count: int, every: int, *, ray: bool) -> Iterator[int]:
    """Those whose programs go through Ray too, or the others; with `every` 0 none do."""
    for number in range(first, first + count):
        if (every > 0 and number % every == 0) == ray:
            yield number


def told(number: int, folder: Path, *, ray: bool) -> Told:
    """What becomes of the program of a number."""
    text = program_text(number)
    return Told(number, "none") if text is None else compare(folder, text, number, ray=ray)


def block(first: int, count: int, every: int, *, ray: bool) -> None:
    """Compare these, and print a line of JSON for each: before, and of what became of it."""
    with TemporaryDirectory() as name:
        for number in numbers(first, count, every, ray=ray):
            print(json.dumps({"number": number}), flush=True)
            print(json.dumps(asdict(told(number, Path(name), ray=ray))), flush=True)


if __name__ == "__main__":
    block(*map(int, sys.argv[1:4]), ray=sys.argv[4:] == ["ray"])
