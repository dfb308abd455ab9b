# SPDX-License-Identifier: GPL-2.0-only
"""The screens of `list`: what there is to check, and what a check leaves out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from memcharge.report.lines import clip, count, wrap

_Row = tuple[str, str, str]


def list_text(
    editions: Sequence[_Row],
    scenarios: Sequence[_Row],
    parts: Mapping[str, Mapping[str, str]],
    properties: Sequence[_Row],
) -> str:
    """Editions (name, summary, provenance), scenarios (name, summary, note), properties (same).

    `parts` are what names of scenarios are made of: by sort, what each means.
    """
    lines = [f"{count(len(editions), 'edition')}:"]
    lines += [line for row in editions for line in _edition(*row)]
    lines += ["", f"{count(len(scenarios), 'scenario')}:", *_entries(scenarios)]
    for sort, meanings in parts.items():
        rows = [(name, text, "") for name, text in meanings.items()]
        lines += ["", f"{count(len(rows), sort)} to make scenarios of:", *_entries(rows)]
    lines += ["", f"{count(len(properties), 'property', 'properties')}:", *_entries(properties)]
    lines += [
        "",
        "A scenario is ACTOR+ACTOR@KIND,MODIFIER of these, whether it is listed or not.",
        "",
        "Next:",
        "  memcharge check EDITION -s SCENARIO   every interleaving of one scenario",
        "  memcharge list --not-modelled         what is only a stand-in, and why",
        "  memcharge list --uncovered EDITION    statements that no scenario reaches",
    ]
    return "\n".join(lines) + "\n"


def protocol_text(protocol: _Row, scenarios: Sequence[_Row], properties: Sequence[_Row]) -> str:
    """A protocol of its own (name, summary, provenance), its scenarios and properties."""
    lines = [*_edition(*protocol), "", f"{count(len(scenarios), 'scenario')}:"]
    lines += [*_entries(scenarios)]
    if properties:
        lines += ["", f"{count(len(properties), 'property', 'properties')}:", *_entries(properties)]
    return "\n".join(lines) + "\n"


def not_modelled_text(standins: Sequence[tuple[str, str, str]]) -> str:
    """Stand-ins (name, kind, reason), sorted by how honest they are."""
    lines: list[str] = []
    kinds = list(dict.fromkeys(kind for _, kind, _ in standins))
    for kind in kinds:
        named = [(name, reason, "") for name, of_kind, reason in standins if of_kind == kind]
        lines += ["", f"{kind}:", *_entries(named)]
    if not lines:
        lines = ["", "Nothing is a stand-in."]
    return "\n".join(lines[1:]) + "\n"


def uncovered_text(
    edition: str,
    scenarios: int,
    missed: Sequence[tuple[str, str, int, str, str]],
    whole: Sequence[str],
    statements: int,
) -> str:
    """Statements (function, file, line, text, why) of an edition that no scenario reaches.

    `whole` are the functions of which every statement is reached.
    """
    reached = statements - len(missed)
    share = f" ({100 * reached / statements:.1f} %)" if missed else ""
    lines = wrap(
        f"{edition}: {reached:,} of {count(statements, 'statement')} of its own reached{share}, in "
        f"{count(scenarios, 'scenario')}"
    )
    if whole:
        lines += ["", f"every statement reached in {count(len(whole), 'function')}:"]
        lines += wrap(", ".join(whole), "  ", "  ")
    for why in sorted({why for *_, why in missed}):
        lines += ["", *wrap(why, "not reached, for ", "  ")] if why else ["", "not reached:"]
        before = ""
        for function, file, line, text, reason in missed:
            if reason == why:
                if function != before:
                    lines += [clip(f"  {function}()  {file}", 80)]
                    before = function
                lines += [clip(f"    {line:>5}  {text}", 80)]
    if not missed:
        lines += ["every statement is reached"]
    return "\n".join(lines) + "\n"


def _edition(name: str, summary: str, provenance: str) -> Iterable[str]:
    yield from wrap(summary, f"  {name}  ", "      ") if summary else [f"  {name}"]
    if provenance:
        yield from wrap(provenance, "      ", "        ")


def _entries(rows: Sequence[_Row]) -> Iterable[str]:
    width = min(max((len(name) for name, _, _ in rows), default=0), 30)
    for name, text, note in rows:
        said = f"{text} ({note})" if note else text
        if len(name) > width:
            yield from wrap(name, "  ")
            yield from wrap(said, " " * (width + 4))
        else:
            yield from wrap(said, f"  {name.ljust(width)}  ")
