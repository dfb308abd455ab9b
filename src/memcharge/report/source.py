# SPDX-License-Identifier: GPL-2.0-only
"""The screens of `show` and `diff`: the text of an edition, told where it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import unified_diff

from memcharge.report.lines import count


@dataclass(frozen=True, slots=True)
class Text:
    """A function as it stands: which edition wrote it, where, and what it says."""

    function: str
    edition: str
    file: str
    line: int
    source: str


def show_text(edition: str, texts: Sequence[Text], note: str = "") -> str:
    """The functions one after another, each below the place it comes from."""
    parts = []
    for text in texts:
        replaced = "" if text.edition == edition else f", from {text.edition}"
        parts.append(f"# {text.file}:{text.line}{replaced}\n{text.source.rstrip()}\n")
    head = f"# {edition}: {count(len(texts), 'function')}{note}\n\n" if len(texts) != 1 else ""
    return head + "\n\n".join(parts)


def diff_text(one: str, other: str, texts: Sequence[tuple[Text | None, Text | None]]) -> str:
    """A unified diff of the functions that differ between two editions."""
    parts = [part for before, after in texts if (part := _hunks(one, other, before, after))]
    if not parts:
        return f"No function differs between {one} and {other}.\n"
    return "\n".join(parts)


def _hunks(one: str, other: str, before: Text | None, after: Text | None) -> str:
    lines = unified_diff(
        before.source.rstrip().splitlines() if before else [],
        after.source.rstrip().splitlines() if after else [],
        _label(one, before),
        _label(other, after),
        lineterm="",
    )
    return "".join(f"{line}\n" for line in lines)


def _label(edition: str, text: Text | None) -> str:
    if text is None:
        return "/dev/null"
    return f"{edition}/{text.function}\t{text.file}:{text.line}"
