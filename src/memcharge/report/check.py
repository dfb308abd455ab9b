# SPDX-License-Identifier: GPL-2.0-only
"""The screen of `check`: verdicts side by side, what is broken, how complete, what next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from memcharge.report.broken import RULE, block
from memcharge.report.lines import count, wrap
from memcharge.report.next import next_commands
from memcharge.report.verdicts import verdict_table
from memcharge.report.witness import Witness, alike, witnesses
from memcharge.trace import Record, Result, Run
from memcharge.trace.witness import breaking, function

_BLOCKS = 5
_STAND_INS = 5
_NAMED = 3


def check_text(
    record: Record,
    *,
    written: str = "",
    times: bool = True,
    full: bool = False,
    typed: Mapping[str, str] | None = None,
    checkpoint: str = "",
) -> str:
    """The whole screen.

    `written` is the file that holds the record, if one does; `typed` is what
    to type for an edition whose name alone does not find it; `checkpoint` is
    the file that holds what is not finished, if one does.
    """
    lines: list[str] = []
    for run in record.runs:
        lines += _edition(run)
    lines += ["", *verdict_table(record), ""]
    for run in record.runs:
        lines += _told(record, run, written, full)
    lines += [line for run in record.runs for line in _summary(run, len(record.runs) > 1)]
    lines += _completeness(record)
    lines += _judge(record)
    lines += _not_modelled(record)
    if times:
        lines += [f"CPU time: {sum(run.cpu_seconds for run in record.runs):.2f} s"]
    lines += ["", *next_commands(record, written, typed or {}, checkpoint)]
    return "\n".join(lines) + "\n"


def _edition(run: Run) -> list[str]:
    lines = wrap(f"{run.edition}  {run.summary}".rstrip(), "edition  ")
    if run.provenance:
        lines += wrap(run.provenance, "    from ", "         ")
    how = ", ".join(run.reductions) if run.reductions else "none, every state visited"
    crews = {one.certificate.workers for one in run.results if one.certificate} - {""}
    engine = " on ".join([run.engine, *[", ".join(sorted(crews))] * bool(crews)])
    lines += wrap(f"{run.search}, engine {engine}, reductions: {how}", "search   ")
    alike = sum(bool(one.certificate and one.certificate.interchangeable) for one in run.results)
    if alike:
        once = "states that differ only in which CPU or object is which count once"
        lines += wrap(f"in {count(alike, 'scenario')} {once}", "alike    ")
    return lines


def _told(record: Record, run: Run, written: str, full: bool) -> list[str]:
    found = [w for w in witnesses(record) if w.run is run]
    if not found:
        return []
    groups = [[w] for w in found] if full else alike(found)
    shown = groups if full else groups[:_BLOCKS]
    heading = f"Broken in {run.edition}:" if len(record.runs) > 1 else "Broken:"
    lines = [heading]
    if run.search != "bfs" or "ample" in run.reductions:
        lines += ["(The witnesses need not be the shortest that there are.)"]
    for group in shown:
        lines += block(group, written)
    lines += [RULE]
    if len(groups) > len(shown):
        lines += [f"and {len(groups) - len(shown)} more (--full tells each):"]
        for group in groups[len(shown) :]:
            lines += _short_block(group)
    return [*lines, ""]


def _short_block(group: list[Witness]) -> list[str]:
    first = group[0]
    moment = breaking(first.broken)
    name = function(moment.access) if moment else ""
    where = f" in {name}()" if name else ""
    others = f" and {len(group) - 1} more" if len(group) > 1 else ""
    text = f"{first.broken.property}{where}: {first.result.scenario}{others}"
    return wrap(text, f"  #{first.number:<3} ")


def _summary(run: Run, named: bool) -> list[str]:
    broken = [r for r in run.results if r.broken]
    held = [r for r in run.results if r.complete and not r.broken]
    unfinished = [r for r in run.results if not r.complete and not r.broken]
    parts = [f"{len(broken)} broken", f"{len(held)} hold in all interleavings"]
    if len(held) == 1:
        parts[1] = "1 holds in all interleavings"
    if unfinished:
        parts.append(f"{len(unfinished)} undecided")
    properties = {p for r in run.results for p in r.properties}
    about = f" x {count(len(properties), 'property', 'properties')}" if properties else ""
    prefix = f"{run.edition}: " if named else ""
    return wrap(f"{prefix}{count(len(run.results), 'scenario')}{about}: {', '.join(parts)}")


def _schedules(results: Sequence[tuple[Run, Result]]) -> list[str]:
    """How many schedules the states stand for, if that was counted."""
    counted = [r.certificate.schedules for _, r in results if r.certificate]
    known = [number for number in counted if number is not None]
    if not known:
        return []
    digits = f"{sum(known):,}" if sum(known) < 10**9 else f"{float(sum(known)):.1e}"
    cyclic = f"; {count(len(results) - len(known), 'scenario')} not counted" * (
        len(known) < len(results)
    )
    return [f"They stand for {digits} schedules{cyclic}."]


def _completeness(record: Record) -> list[str]:
    results = [(run, r) for run in record.runs for r in run.results]
    states = sum(r.states for _, r in results)
    unfinished = [(run, r) for run, r in results if not r.complete]
    if not unfinished:
        return [
            f"Complete: {count(states, 'distinct state')}, compared exactly.",
            *_schedules(results),
        ]
    lines = wrap(
        f"Incomplete: {count(states, 'distinct state')} visited; {len(unfinished)} of "
        f"{count(len(results), 'search', 'searches')} not finished:"
    )
    reasons: dict[str, list[str]] = {}
    for run, result in unfinished:
        who = f"{run.edition} {result.scenario}" if len(record.runs) > 1 else result.scenario
        reasons.setdefault(result.incomplete or "no reason recorded", []).append(who)
    for why, names in reasons.items():
        few = ", ".join(names) if len(names) <= _NAMED else count(len(names), "search", "searches")
        lines += wrap(f"{few}: {why}", "  ", "    ")
    return lines + [line for run in record.runs for line in _share(run)]


def _share(run: Run) -> list[str]:
    """How much of the protocol's text random walks came by."""
    if run.search != "simulate":
        return []
    parts = []
    for what in ("statements", "branches"):
        counts = [r.seen[what] for r in run.results if what in r.seen]
        shares = [100 * seen // whole for seen, whole in counts if whole] or [100]
        least, most = min(shares), max(shares)
        share = f"{most} %" if least == most else f"{least} to {most} %"
        parts.append(f"{share} of the {what}")
    text = f"{run.edition}: saw {' and '.join(parts)} that the actors of a scenario can reach"
    return wrap(text, "  ", "    ")


def _judge(record: Record) -> list[str]:
    pinned = [(run, r) for run in record.runs for r in run.results if r.expected is not None]
    differ = [(run, r) for run, r in pinned if _differs(r)]
    if not pinned:
        return []
    lines = []
    for run, r in differ:
        text = f"{run.edition} {r.scenario}: pinned {r.expected}, found {r.verdict}"
        lines += wrap(text, "  ", "    ")
    if lines:
        return ["Differs from the pinned verdict:", *lines]
    decided = [r for _, r in pinned if r.complete]
    if not decided:
        return []
    return [f"As expected: {count(len(decided), 'verdict')} as pinned."]


def _differs(result: Result) -> bool:
    return result.complete and result.verdict != result.expected


def _not_modelled(record: Record) -> list[str]:
    stand_ins = list(dict.fromkeys(name for run in record.runs for name in run.not_modelled))
    if not stand_ins:
        return []
    shown = ", ".join(stand_ins[:_STAND_INS])
    more = len(stand_ins) - _STAND_INS
    if more > 0:
        shown += f" and {more} more (memcharge list --not-modelled)"
    return wrap(f"{shown}.", "Not modelled: ", "  ")
