# SPDX-License-Identifier: GPL-2.0-only
"""`python -m bench.scaling`: one worker against several, threads and Ray, in interleaved rounds.

Each search runs in a process of its own.  What counts is the search alone,
from the compiled program to its end: not Python, not lowering, not the ten
seconds that Ray takes to start.  The figures go to bench/results/ as JSON, with
the load of the machine beside each: a machine with other work says little.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

from bench.measure import Unfinished, run
from memcharge.editions.chain import load
from memcharge.engine import Options, compile_scenario
from memcharge.engine.explore import crew_of, explore
from memcharge.engine.parallel import rayed
from memcharge.engine.stepper import make_stepper
from memcharge.engine.workers import Workers, workers
from memcharge.scenarios import find

ROOT = Path(__file__).resolve().parents[1]
REDUCTIONS = frozenset({"constants", "dead", "private"})
MODELS = {
    "qspinlock": ("examples/qspinlock.py", "four_cpus_forever", REDUCTIONS),
    "ctxsw": ("examples/ctxsw.py", "three_cpus_forever", REDUCTIONS),
    "memcg": ("v2_6_34", "migrate+munmap+hold@anon", REDUCTIONS - {"private"}),
}
HEAD = "model      workers        states  wall s  times   CPU s  load"


def main() -> int:
    given = _arguments()
    if given.one:
        print(json.dumps(searched(*given.one)))
        return 0
    rows = [
        {"model": model, "workers": crew, "wall": [], "cpu": [], "load": []}
        for model in MODELS
        if given.only in model
        for crew in given.crews.split(",")
        if find_spec("ray") or not crew.startswith("ray")
    ]
    for number in range(given.rounds):
        turn = number * len(rows) // given.rounds
        for row in rows[turn:] + rows[:turn]:
            print(f"round {number + 1}: {row['model']}, {row['workers']}", file=sys.stderr)
            _measure(row, given.limit)
    _agree(rows)
    date = dt.datetime.now(dt.UTC).date().isoformat()
    result = {"schema": "memcharge.scaling.v1", "date": date, "cpus": os.cpu_count(), "rows": rows}
    path = ROOT / "bench" / "results" / f"scaling-{date}.json"
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print("\n".join([HEAD, *_lines(rows)]))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.scaling", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--limit", type=float, default=300, metavar="S", help="seconds a run")
    parser.add_argument("--only", default="", metavar="TEXT", help="only models of this name")
    parser.add_argument("--crews", default="1,2,ray:1,ray:2", metavar="LIST", help="as --workers")
    parser.add_argument("--one", nargs=2, metavar=("MODEL", "WORKERS"), help=argparse.SUPPRESS)
    return parser.parse_args()


def searched(model: str, crew: str) -> dict[str, Any]:
    """One search: states, transitions, seconds by the clock and of CPU, all workers' together."""
    text, name, reductions = MODELS[model]
    edition = load(str(ROOT / text) if text.endswith(".py") else text)
    stepper = make_stepper(compile_scenario(edition, find(edition, name), reductions))
    wanted = workers(crew)
    if wanted.ray:
        rayed.team(wanted)
    given = Options(engine="native", workers="" if wanted == Workers(1) else crew)
    wall, cpu = time.perf_counter(), time.process_time()
    found, _ = explore(stepper, given, None)
    seconds = time.perf_counter() - wall
    used = time.process_time() - cpu + crew_of(found)[1]
    assert not found.incomplete, found.incomplete
    return {
        "states": found.count,
        "transitions": found.transitions,
        "depth": found.depth,
        "wall": round(seconds, 3),
        "cpu": round(used, 3),
    }


def _measure(row: dict[str, Any], limit: float) -> None:
    command = [sys.executable, "-m", "bench.scaling", "--one", row["model"], row["workers"]]
    load_before = os.getloadavg()[0]
    try:
        cost = run(command, ROOT, {"PYTHONPATH": str(ROOT / "src")}, limit)
    except Unfinished as reason:
        row["status"] = str(reason)
        return
    figures = json.loads(cost.output.strip().splitlines()[-1])
    row.update({name: figures[name] for name in ("states", "transitions", "depth")})
    row["wall"].append(figures["wall"])
    row["cpu"].append(figures["cpu"])
    row["load"].append(round(load_before, 1))


def _agree(rows: list[dict[str, Any]]) -> None:
    """A wrong count is no figure."""
    for model in MODELS:
        told = {
            (row["states"], row["transitions"], row["depth"])
            for row in rows
            if row["model"] == model and row["wall"]
        }
        if len(told) > 1:
            raise SystemExit(f"{model}: the workers differ: {told}")


def _lines(rows: list[dict[str, Any]]) -> list[str]:
    """A row each; `times` is how much faster than one worker of the same kind."""
    lines = []
    for row in rows:
        if not row["wall"]:
            lines.append(f"{row['model']:<10} {row['workers']:<8} {row.get('status', '')}")
            continue
        alone = "ray:1" if row["workers"].startswith("ray") else "1"
        [one] = [r for r in rows if (r["model"], r["workers"]) == (row["model"], alone)] or [row]
        wall = median(row["wall"])
        times = f"{median(one['wall']) / wall:.2f}" if one["wall"] else ""
        lines.append(
            f"{row['model']:<10} {row['workers']:<8} {row['states']:>12,} {wall:>7.2f} "
            f"{times:>6} {median(row['cpu']):>7.2f} {max(row['load']):>5.1f}"
        )
    return lines


if __name__ == "__main__":
    sys.exit(main())
