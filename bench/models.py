# SPDX-License-Identifier: GPL-2.0-only
"""What is explored: the shared counter in every tool's language, and scenarios of memcharge.

The counter: `processes` processes each add one `increments` times, in two
steps, a read into a local and a write.  A local that is no longer needed is
zero.  All exact tools must come to the same number of states.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Counter:
    """The shared counter of one size."""

    processes: int
    increments: int

    @property
    def name(self) -> str:
        return f"counter {self.processes} x {self.increments}"


@dataclass(frozen=True)
class Checked:
    """A scenario of an edition, or of a file below the repository."""

    edition: str
    scenario: str

    @property
    def name(self) -> str:
        return f"{self.edition} {self.scenario}"


Model = Counter | Checked

MODELS: tuple[Model, ...] = (
    Counter(2, 3),
    Counter(4, 4),
    Checked("mm_2010_05_07", "migrate+munmap+truncate@file"),
    Checked("examples/qspinlock.py", "four_cpus_twice"),
)


def memcharge(model: Counter) -> str:
    calls = ", ".join(['"process()"'] * model.processes)
    adds = "\n".join(["    shared.value += 1"] * model.increments)
    return f"""from __future__ import annotations

from memcharge.kernel import *


class Counter(Struct):
    value: int = uint(6)


shared = the("shared", Counter)

SCENARIOS = {{"all": ({calls},)}}


def start() -> None:
    Counter("shared")


def process() -> None:
{adds}
"""


def promela(model: Counter) -> str:
    return f"""byte x;

active [{model.processes}] proctype process() {{
  byte done, t;
  bool holds;
end:
  do
  :: d_step {{ !holds && done < {model.increments} -> t = x; holds = true; }}
  :: d_step {{ holds -> x = t + 1; t = 0; holds = false; done++; }}
  od
}}
"""


def murphi(model: Counter, *, symmetric: bool) -> str:
    n, k = model.processes, model.increments
    kind = f"scalarset({n})" if symmetric else f"0..{n - 1}"
    return f"""type
  process: {kind};
var
  x: 0..{n * k};
  t: array [process] of 0..{n * k};
  done: array [process] of 0..{k};
  holds: array [process] of boolean;

startstate begin
  x := 0;
  for p: process do
    t[p] := 0; done[p] := 0; holds[p] := false;
  end;
end;

ruleset p: process do
  rule "read" !holds[p] & done[p] < {k} ==> begin
    t[p] := x; holds[p] := true;
  end;
  rule "write" holds[p] ==> begin
    x := t[p] + 1; t[p] := 0; holds[p] := false; done[p] := done[p] + 1;
  end;
end;
"""


def harmony(model: Counter) -> str:
    return f"""sequential x
x = 0

def process():
    for i in {{1..{model.increments}}}:
        x = x + 1

for i in {{1..{model.processes}}}:
    spawn process()
"""


def frontrun(model: Counter) -> str:
    return f"""import frontrun


class Shared:
    def __init__(self):
        self.value = 0


def process(shared):
    for _ in range({model.increments}):
        shared.value += 1


found = frontrun.explore(
    Shared, process, lambda shared: True, count={model.processes},
    preemption_bound=None, stop_on_first=False, reproduce_on_failure=0,
)
print(found.num_explored, "executions")
"""


def python(model: Counter) -> str:
    """What one writes in an afternoon: tuples, a set, level by level."""
    return f"""N, K = {model.processes}, {model.increments}
start = (0,) + ((0, False, 0),) * N
seen, level, transitions = {{start}}, [start], 0
while level:
    following = []
    for state in level:
        x = state[0]
        for p in range(1, N + 1):
            done, holds, t = state[p]
            if holds:
                after = (t + 1, *state[1:p], (done + 1, False, 0), *state[p + 1:])
            elif done < K:
                after = (x, *state[1:p], (done, True, x), *state[p + 1:])
            else:
                continue
            transitions += 1
            if after not in seen:
                seen.add(after)
                following.append(after)
    level = following
print(len(seen), "states", transitions, "transitions")
"""
