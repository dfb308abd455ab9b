# SPDX-License-Identifier: GPL-2.0-only
"""What came of many programs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from memcharge.ir.passes import REDUCTIONS
from tests.fuzz.comparing import Told

COLUMNS = ("none", *REDUCTIONS, "all", "default")


@dataclass
class Summary:
    """Programs by what became of them, runs by engine and reductions, states, CPU seconds."""

    how: Counter[str] = field(default_factory=Counter)
    ran: Counter[str] = field(default_factory=Counter)
    states: list[int] = field(default_factory=list)
    seconds: float = 0.0
    differing: list[int] = field(default_factory=list)

    def add(self, told: Told) -> None:
        self.how[told.how] += 1
        self.ran.update(told.ran)
        self.seconds += told.seconds
        if told.how == "agreed":
            self.states.append(told.states)
        elif told.how == "differs":
            self.differing.append(told.number)

    def line(self) -> str:
        """How far it is."""
        return f"{self.how['agreed']:,} programs agree, {len(self.differing)} differ"

    def table(self) -> str:
        """Runs by engine and reductions; `others` are sets of several."""
        engines: dict[str, Counter[str]] = {}
        for name, count in self.ran.items():
            engine, _, chosen = name.partition(": ")
            column = chosen if chosen in COLUMNS else "others"
            engines.setdefault(engine, Counter())[column] += count
        columns = (*COLUMNS, "others")
        lines = [f"{'runs':17}" + "".join(f"{one:>10}" for one in columns)]
        for engine, counts in sorted(engines.items()):
            lines.append(f"{engine:17}" + "".join(f"{counts[one]:10,}" for one in columns))
        return "\n".join(lines)

    def whole(self) -> str:
        """All of it."""
        states = sorted(self.states) or [0]
        sets = len({one.partition(": ")[2] for one in self.ran})
        compared = self.how["agreed"] + self.how["differs"]
        lines = [f"compared: {compared:,} programs of {sum(self.how.values()):,} numbers"]
        lines += [f"left out: {self.how['large']:,} too large, {self.how['none']:,} without text"]
        lines += [f"disagreements: {len(self.differing)}"]
        lines += [f"states without reduction: {sum(states):,}, median {states[len(states) // 2]:,}"]
        lines += [f"runs: {sum(self.ran.values()):,}, under {sets} sets of reductions"]
        lines += [f"CPU seconds: {self.seconds:,.0f}, without those of Ray workers"]
        return "\n".join([*lines, self.table()])
