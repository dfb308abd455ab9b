# SPDX-License-Identifier: GPL-2.0-only
"""The screen of `corpus`: known bugs, and where a check found them or not."""

from __future__ import annotations

from collections.abc import Sequence

from memcharge.report.lines import count, wrap
from memcharge.report.next import command_lines
from memcharge.trace.corpus import Corpus, Entry, Looked

NOBODY = "no fix known"  # how the fix of a bug is told that nobody has mended


def corpus_text(corpus: Corpus, *, written: str = "", times: bool = True) -> str:
    """The whole screen: each bug in turn, then how many were found."""
    lines: list[str] = []
    for entry in corpus.entries:
        lines += [*_entry(entry), ""]
    lines += _summary(corpus.entries)
    if times and any(entry.checked for entry in corpus.entries):
        lines += [f"CPU time: {corpus.cpu_seconds:.2f} s"]
    lines += _next(corpus.entries, written)
    return "\n".join(lines) + "\n"


def _entry(entry: Entry) -> list[str]:
    bug = entry.bug
    lines = wrap(bug.title, f"{bug.id}  ")
    unknown = bug.fix.startswith(NOBODY)
    lines += wrap(bug.fix, "      mended by " if not unknown else "      ", "      ")
    if bug.excused:
        return lines + wrap(" ".join(bug.excused.split()), "      not found, because ", "      ")
    lines += wrap(f"{bug.property}, {bug.scenario}", "      breaks ", "      ")
    if not entry.checked:
        lines += wrap(", ".join(bug.editions), "      in ", "      ")
        return lines + (wrap(", ".join(bug.fixed_in), "      not in ") if bug.fixed_in else [])
    lines += _looked(entry.affected, "found", "NOT FOUND", broken=True)
    return lines + _looked(entry.mended, "absent", "STILL THERE", broken=False)


def _looked(seen: Sequence[Looked], right: str, wrong: str, *, broken: bool) -> list[str]:
    """Which editions are as they should be, and which are not."""
    lines = []
    decided = [one for one in seen if one.complete or one.broken]
    for word, chosen in (
        (right, [one for one in decided if one.broken == broken]),
        (wrong, [one for one in decided if one.broken != broken]),
        ("UNDECIDED", [one for one in seen if not one.complete and not one.broken]),
    ):
        said = [f"{one.edition} ({count(one.steps, 'step')})" if one.broken else one.edition
                for one in chosen]  # fmt: skip
        if said:
            lines += wrap(", ".join(said), f"      {word} in ", "      ")
    return lines


def _summary(entries: Sequence[Entry]) -> list[str]:
    excused = [entry for entry in entries if entry.bug.excused]
    rest = [entry for entry in entries if not entry.bug.excused]
    said = f"{count(len(entries), 'bug')}: {len(excused)} excused in writing"
    checked = [entry for entry in rest if entry.checked]
    if not checked:
        return wrap(f"{said}, {len(rest)} to be found")
    found = sum(entry.found for entry in checked)
    back = [entry.bug.id for entry in checked if not entry.absent_when_fixed]
    mended = sum(bool(entry.mended) for entry in checked)
    said += f", {found} of {len(checked)} found in every edition that has them"
    if mended:
        said += f"; {mended - len(back)} of {mended} absent where they are mended"
    lines = wrap(said)
    missed = [entry.bug.id for entry in checked if not entry.found]
    if missed:
        lines += wrap(", ".join(missed), "not found: ")
    if back:
        lines += wrap(", ".join(back), "still there where mended: ")
    return lines


def _next(entries: Sequence[Entry], written: str) -> list[str]:
    shown = next((e for e in entries if any(one.broken for one in e.affected)), None)
    row = ("memcharge corpus --check", "look for each of them")
    if shown is not None:
        edition = next(one.edition for one in shown.affected if one.broken)
        row = (f"memcharge race {edition} {shown.bug.scenario}", "diagram for a changelog")
    return ["", *command_lines([row], written)]
