# SPDX-License-Identifier: GPL-2.0-only
"""Which files the repository consists of, for the tests on the repository itself."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def files(*folders: str, suffixes: tuple[str, ...] = ()) -> list[Path]:
    """The tracked files, and those about to be, under `folders`; all of them without one."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *folders],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    paths = sorted(ROOT / name for name in set(listed.split("\0")) if name)
    return [p for p in paths if p.is_file() and (not suffixes or p.suffix in suffixes)]


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()
