# SPDX-License-Identifier: GPL-2.0-only
"""The block that tells one broken property, in the form of a kernel report."""

from __future__ import annotations

from memcharge.report import names
from memcharge.report.lines import WIDTH, ascii_only, clip, count, wrap, wrap_items
from memcharge.report.witness import Witness, values_to_tell
from memcharge.trace import Access, Broken, Result
from memcharge.trace.witness import breaking, cpus_needed, function, moments, statement

RULE = "=" * 74
_OBSERVED = 6


def block(group: list[Witness], written: str = "") -> list[str]:
    """What is broken, where, what changed, what it takes, and where else."""
    first = group[0]
    broken, result = first.broken, first.result
    lines = [RULE, *headline(first), ""]
    if result.summary:
        lines += wrap(result.summary, "  scenario: ")
    lines += wrap(broken.meaning or "(no meaning given)", "  must hold: ")
    if broken.consequence:
        lines += wrap(broken.consequence, "  otherwise: ")
    lines += _where(broken, result)
    lines += _observed(broken)
    lines += wrap(how_often(broken, result), "  ")
    lines += wrap(effort(broken), "  ")
    lines += wrap(broken.schedule, "  schedule ")
    others = [f"{w.result.scenario} {w.broken.verdict}" for w in group[1:]]
    if others:
        lines += wrap_items(others, "  also in  ")
    if written:
        lines += [f"  diagram  memcharge race {written}#{first.number}"]
    return lines


def headline(witness: Witness) -> list[str]:
    """`BUG: memcharge: property, scenario`, wrapped if long."""
    text = f"BUG: memcharge: {witness.broken.property}, {witness.result.scenario}"
    return wrap(text, "", "     ", 72)


def how_often(broken: Broken, result: Result) -> str:
    """The verdict in words, with final states if the property is one of the end."""
    if broken.final_broken is not None:
        share = f"{broken.final_broken:,} of {count(result.final_states, 'final state')}"
        return f"{broken.verdict}: broken in {share}"
    said = {
        "Always": "Always: every complete run breaks it",
        "Sometimes": "Sometimes: some interleavings break it",
        "Incomplete": "found before the search was complete",
    }
    return said.get(broken.verdict, broken.verdict)


def effort(broken: Broken) -> str:
    """How many CPUs and context switches the shortest witness takes."""
    cpus = cpus_needed(broken)
    if cpus <= 1:
        return "needs 1 CPU: no race is needed"
    return f"needs {cpus} CPUs and {count(broken.switches, 'context switch', 'context switches')}"


def place_of(access: Access) -> str:
    """`in page_remove_rmap(), rmap.py:52`."""
    name, (_, where) = function(access), statement(access)
    return ", ".join(part for part in (f"in {name}()" if name else "", where) if part)


def _where(broken: Broken, result: Result) -> list[str]:
    if broken.property == "deadlock":
        return _last_steps(broken, result)
    moment = breaking(broken)
    if moment is None:
        text = "no step of the witness changes what it reads: a change is missing"
        return wrap(text, "  ")
    access = moment.access
    lines = wrap(place_of(access), "  ", "    ")
    lines += wrap(
        f"CPU {moment.cpu}{_actor(result, moment.cpu)}, step {moment.step} of {broken.steps}", "  "
    )
    if text := statement(access)[0]:
        lines += [clip(f"    {ascii_only(text)}", WIDTH)]
    if access.kind == "write" and access.old != access.new:
        label = "last change of what it reads" if broken.when == "at_end" else "value changed"
        lines += wrap(names.change(access.place, access.old, access.new), f"  {label}: ")
    elif access.place:
        lines += wrap(names.short(access.place), f"  on {access.kind} of: ")
    return lines


def _last_steps(broken: Broken, result: Result) -> list[str]:
    """Nobody can go on: the last thing that each CPU did."""
    last = {moment.cpu: moment for moment in moments(broken)}
    lines = ["  no CPU can go on; the last step of each:"]
    for cpu, moment in sorted(last.items()):
        text = f"{place_of(moment.access)}, step {moment.step} of {broken.steps}"
        lines += wrap(text, f"    CPU {cpu}{_actor(result, cpu)}: ", "      ")
    return lines


def _actor(result: Result, cpu: int) -> str:
    return f" ({result.cpus[cpu].partition('(')[0]})" if cpu < len(result.cpus) else ""


def _observed(broken: Broken) -> list[str]:
    shown = values_to_tell(broken)
    if not shown:
        return []
    more = len(shown) - _OBSERVED
    if more > 0:
        shown = [*shown[:_OBSERVED], f"{more} more"]
    when = "at the end" if broken.when == "at_end" else "observed"
    return wrap_items(shown, f"  {when}: ")
