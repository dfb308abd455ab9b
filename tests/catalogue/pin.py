# SPDX-License-Identifier: GPL-2.0-only
"""Pin the verdict and the exact counts of every scenario under every edition.

``python -m tests.catalogue.pin [EDITION]...`` rewrites the files in
`scenarios/expected`, all of them if no edition is named; the change is then
reviewed like any other.
"""

from __future__ import annotations

import json
import sys
from multiprocessing import Pool
from pathlib import Path

import memcharge.scenarios
from memcharge.editions.chain import Edition, known, load
from memcharge.engine import Options, check
from memcharge.scenarios import Scenario, all_of
from memcharge.trace import Result

FOLDER = Path(memcharge.scenarios.__file__).parent / "expected"


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


def pin(name: str) -> str:
    """Write the figures of one edition, a line for each scenario that it can run."""
    edition = load(name)
    rows = [
        f" {json.dumps(one.name)}: {json.dumps(measure(edition, one))}" for one in all_of(edition)
    ]
    (FOLDER / f"{name}.json").write_text("{\n" + ",\n".join(rows) + "\n}\n", "utf-8")
    return name


def main() -> None:
    """Check everything and write it down, an edition for each CPU."""
    FOLDER.mkdir(exist_ok=True)
    with Pool() as pool:
        for name in pool.imap_unordered(pin, sys.argv[1:] or known(), chunksize=1):
            print(name, file=sys.stderr)


if __name__ == "__main__":
    main()
