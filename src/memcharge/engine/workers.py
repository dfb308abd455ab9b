# SPDX-License-Identifier: GPL-2.0-only
"""What `--workers` may say: how many threads, or which Ray workers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.util import find_spec

MOST = 256  # workers


class WorkersError(Exception):
    """Workers that cannot be had; the message is one whole line."""


class WorkerLost(Exception):
    """A worker is gone, and its states with it; the message says which."""


@dataclass(frozen=True, slots=True)
class Workers:
    """How many (0: as many as there are CPUs), and where: threads, or Ray at an address."""

    number: int
    ray: bool = False
    address: str = ""


def workers(text: str) -> Workers:
    """`N`, `ray`, `ray:N` or `ray://HOST:PORT`; WorkersError if it is none, or there is no Ray."""
    wanted = _read(text)
    if wanted.ray and find_spec("ray") is None:
        raise WorkersError(
            f"--workers {text} needs Ray, which is not installed: pip install 'memcharge[ray]'"
        )
    return wanted


def _read(text: str) -> Workers:
    match = re.fullmatch(r"(ray:)?(\d{1,9})", text)
    if match:
        number = int(match[2])
        if not 1 <= number <= MOST:
            raise WorkersError(f"--workers {text}: there may be 1 to {MOST}")
        return Workers(number, ray=bool(match[1]))
    if text == "ray":
        return Workers(0, ray=True)
    if re.fullmatch(r"ray://[^\s/]+:\d+", text):
        return Workers(0, ray=True, address=text)
    raise WorkersError(
        f"--workers {text}: write a number of threads, ray, ray:N, or ray://HOST:PORT"
    )
