# SPDX-License-Identifier: GPL-2.0-only
"""Pin the verdict and the exact counts of every scenario under every edition.

``python -m tests.catalogue.pin`` rewrites `expected.json`; the change is then
reviewed like any other.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import memcharge.scenarios
from memcharge.editions.chain import Edition, known, load
from memcharge.engine import Options, check
from memcharge.scenarios import Scenario, all_of, catalogue
from memcharge.trace import Result

FILE = Path(memcharge.scenarios.__file__).parent / "expected.json"


def figures(result: Result) -> dict[str, object]:
    """What is pinned of a result."""
    return {
        "verdict": result.verdict,
        "states": result.states,
        "transitions": result.transitions,
        "depth": result.depth,
        "final_states": result.final_states,
        "broken": {one.property: [one.verdict, one.steps] for one in result.broken},
    }


def measure(edition: Edition, scenario: Scenario) -> dict[str, object]:
    """The figures of a scenario, as they are now."""
    return figures(check(edition, scenario, Options()))


def write(pins: dict[str, dict[str, object]]) -> None:
    """Write the pins, a line for each scenario and edition."""
    rows = []
    for scenario, editions in pins.items():
        inner = ",\n".join(
            f"    {json.dumps(name)}: {json.dumps(found)}" for name, found in editions.items()
        )
        rows.append(f"  {json.dumps(scenario)}: {{\n{inner}\n  }}")
    FILE.write_text("{\n" + ",\n".join(rows) + "\n}\n", "utf-8")


def runners() -> dict[str, list[Edition]]:
    """By the name of a scenario, the editions that have what its actors call."""
    editions = [load(name) for name in known()]
    found: dict[str, list[Edition]] = {one.name: [] for one in catalogue()}
    for edition in editions:
        for scenario in all_of(edition):
            found[scenario.name].append(edition)
    return found


def main() -> None:
    """Check everything and write it down."""
    running = runners()
    pins: dict[str, dict[str, object]] = {}
    for scenario in catalogue():
        print(scenario.name, file=sys.stderr)
        pins[scenario.name] = {one.name: measure(one, scenario) for one in running[scenario.name]}
    write(pins)


if __name__ == "__main__":
    main()
