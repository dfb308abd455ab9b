# SPDX-License-Identifier: GPL-2.0-only
"""`python -m bench`: measure all tools on all models, in interleaved rounds.

The figures go to bench/results/ as JSON; with --render, into docs/benchmarks.md too.
A tool is looked for on PATH; --path adds folders, for tools in environments of their own.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.measure import Unfinished, run
from bench.models import MODELS, Model
from bench.table import markdown, text
from bench.tools import ROOT, TOOLS, Tool

RESULTS = ROOT / "bench" / "results"
SCHEMA = "memcharge.bench.v1"
Cell = tuple[Tool, Model, dict[str, Any]]  # with the row of the result
ENVIRONMENT = {
    "PYTHONPATH": str(ROOT / "src"),
    "LC_ALL": "C.UTF-8",
    "PYTHONDONTWRITEBYTECODE": "",  # as installed: compiled once, into a folder of the run's own
}


def main() -> int:
    given = _arguments()
    os.environ["PATH"] = os.pathsep.join([*given.path, os.environ["PATH"]])
    if given.results:
        result = json.loads(given.results.read_text())
    else:
        result = measured(given.rounds, given.limit, given.only)
        RESULTS.mkdir(exist_ok=True)
        path = RESULTS / f"{result['date']}.json"
        path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    if given.render:
        (ROOT / "docs" / "benchmarks.md").write_text(markdown(result), encoding="utf-8")
    print(text(result), end="")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--limit", type=float, default=40, metavar="S", help="seconds a run")
    parser.add_argument("--only", default="", metavar="TEXT", help="only models of this name")
    parser.add_argument("--path", action="append", default=[], metavar="FOLDER")
    parser.add_argument("--render", action="store_true", help="write docs/benchmarks.md")
    parser.add_argument("--results", type=Path, metavar="FILE", help="measure nothing, tell these")
    return parser.parse_args()


def measured(rounds: int, limit: float, only: str) -> dict[str, Any]:
    """All figures; each round runs every tool on every model once, the next begins elsewhere."""
    table = [_begun(tool, model) for model in MODELS if only in model.name for tool in TOOLS]
    with tempfile.TemporaryDirectory() as bytecode:
        ENVIRONMENT["PYTHONPYCACHEPREFIX"] = bytecode
        _warmed()
        _measured(table, rounds, limit)
    kept = [row for _, _, row in table if row["status"] != "cannot express it"]
    _agree(kept)
    return {
        "schema": SCHEMA,
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "rounds": rounds,
        "cpus": os.cpu_count(),
        "cpu": _processor(),
        "versions": _versions(),
        "rows": kept,
    }


def _warmed() -> None:
    """Let memcharge be run once by each engine, so that its bytecode is there."""
    for tool in TOOLS:
        if tool.name.startswith("memcharge"):
            row: dict[str, Any] = {"wall": [], "cpu": [], "peak": []}
            _measure(tool, MODELS[0], row, 600)


def _measured(table: list[Cell], rounds: int, limit: float) -> None:
    for number in range(rounds):
        turn = number * len(table) // rounds
        for tool, model, row in table[turn:] + table[:turn]:
            if row["status"] == "done" and (number == 0 or not tool.once):
                print(f"round {number + 1}: {model.name}, {tool.name}", file=sys.stderr)
                _measure(tool, model, row, limit)


def _begun(tool: Tool, model: Model) -> Cell:
    row: dict[str, Any] = {"model": model.name, "tool": tool.name, "status": "done"}
    row.update(wall=[], cpu=[], peak=[], exact=tool.same_states)
    with tempfile.TemporaryDirectory() as folder:
        if tool.plan(model, Path(folder)) is None:
            row["status"] = "cannot express it"
        elif tool.missing:
            row["status"] = "not installed"
    return tool, model, row


def _measure(tool: Tool, model: Model, row: dict[str, Any], limit: float) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plan = tool.plan(model, folder)
        assert plan is not None
        try:
            for command in plan.untimed:
                run(command, folder, ENVIRONMENT, limit)
            costs = [run(command, folder, ENVIRONMENT, limit) for command in plan.timed]
        except Unfinished as reason:
            row["status"] = str(reason)
            return
        figures = tool.read(costs[-1].output, folder)
    row.update(states=figures.states, transitions=figures.transitions, unit=figures.unit)
    row["wall"].append(round(sum(cost.wall for cost in costs), 3))
    row["cpu"].append(round(sum(cost.cpu for cost in costs), 3))
    row["peak"].append(max(cost.peak for cost in costs))


def _agree(rows: list[dict[str, Any]]) -> None:
    """Tools that explore the same space must say so; a wrong count is no figure."""
    for model in {row["model"] for row in rows}:
        told = {
            row["tool"]: row["states"]
            for row in rows
            if row["model"] == model and row["exact"] and row["status"] == "done"
        }
        if len(set(told.values())) > 1:
            raise SystemExit(f"{model}: the tools differ in states: {told}")


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="ascii")
    except OSError:
        return platform.machine()
    found = re.search(r"^model name\s*: (.+)$", text, re.MULTILINE)
    return found[1] if found else platform.machine()


def _versions() -> dict[str, str]:
    found = {"Python": platform.python_version()}
    for tool in TOOLS:
        if tool.version and not tool.missing:
            said = subprocess.run(tool.version, capture_output=True, text=True, check=False)
            number = re.search(r"\d+[.\d]+", said.stdout + said.stderr)
            found[tool.name.split()[0]] = number[0] if number else "unknown"
    if shutil.which("gcc"):
        said = subprocess.run(
            ["gcc", "-dumpfullversion"], capture_output=True, text=True, check=False
        )
        found["gcc"] = said.stdout.strip()
    return found


if __name__ == "__main__":
    sys.exit(main())
