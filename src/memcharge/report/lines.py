# SPDX-License-Identifier: GPL-2.0-only
"""Plain text that keeps its width: wrapping, tables, counts in words."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

WIDTH = 80
_UNBROKEN = "\x1f"  # stands for a space at which no line may end


def wrap(text: str, first: str = "", rest: str | None = None, width: int = WIDTH) -> list[str]:
    """Wrap `text` behind `first`, later lines behind `rest`; a word too long is cut in two."""
    indent = " " * len(first) if rest is None else rest
    lines = textwrap.wrap(
        ascii_only(text),
        width,
        initial_indent=first,
        subsequent_indent=indent,
        break_on_hyphens=False,
    )
    return lines or [first.rstrip()]


def wrap_items(
    items: list[str], first: str, rest: str | None = None, width: int = WIDTH
) -> list[str]:
    """Items behind `first`, separated by commas and broken between items if they fit a line."""
    whole = [item.replace(" ", _UNBROKEN) for item in items]
    if any(len(item) + len(first) + 1 > width for item in items):
        whole = items
    indent = " " * len(first) if rest is None else rest
    lines = textwrap.wrap(
        ascii_only(", ".join(whole)),
        width,
        initial_indent=first,
        subsequent_indent=indent,
        break_on_hyphens=False,
    )
    return [line.replace(_UNBROKEN, " ") for line in lines]


def clip(text: str, width: int) -> str:
    """The text, its end replaced by `..` if it is too long."""
    if len(text) <= width:
        return text
    return text[: width - 2] + ".." if width > 2 else text[:width]


def ascii_only(text: str) -> str:
    """The text for a changelog: anything that is not ASCII becomes `?`."""
    return text.encode("ascii", "replace").decode("ascii")


def count(number: int, one: str, many: str = "") -> str:
    """`1 scenario`, `2 scenarios`, `1,024 states`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def table(rows: Sequence[Sequence[str]], right: frozenset[int] = frozenset()) -> list[str]:
    """Rows in columns two spaces apart; columns in `right` are set flush right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if at in right else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
