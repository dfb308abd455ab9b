# SPDX-License-Identifier: GPL-2.0-only
"""Pin the verdict and the exact counts of every scenario under every edition.

``python -m tests.catalogue.pin [--missing] [EDITION]...`` rewrites the files in
`scenarios/expected`, all of them if no edition is named; with `--missing` what
is pinned stays as it is.  The change is then reviewed like any other.
"""

from __future__ import annotations

import argparse
import json
import sys
from functools import partial
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


def pin(name: str, *, missing: bool = False) -> str:
    """Write the figures of one edition, a line for each scenario that it can run."""
    edition, path = load(name), FOLDER / f"{name}.json"
    kept = json.loads(path.read_text("utf-8")) if missing and path.exists() else {}
    rows = [
        f" {json.dumps(one.name)}: {json.dumps(kept.get(one.name) or measure(edition, one))}"
        for one in all_of(edition)
    ]
    path.write_text("{\n" + ",\n".join(rows) + "\n}\n", "utf-8")
    return name


def main() -> None:
    """Check everything and write it down, an edition for each CPU."""
    parser = argparse.ArgumentParser(prog="python -m tests.catalogue.pin", description=__doc__)
    parser.add_argument("--missing", action="store_true", help="only what is not pinned yet")
    parser.add_argument("edition", nargs="*", help="by default all")
    asked = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    with Pool() as pool:
        one_by_one = partial(pin, missing=asked.missing)
        for name in pool.imap_unordered(one_by_one, asked.edition or known(), chunksize=1):
            print(name, file=sys.stderr)


if __name__ == "__main__":
    main()
