# SPDX-License-Identifier: GPL-2.0-only
"""Runs what a document shows: its console blocks, in order, in a folder of their own.

A block holds ``$ memcharge ...`` lines, each followed by the output it prints.  A command goes
on on lines that begin with ``> `` after a backslash, and may end in a pipe (``| head -n 5``).
All commands of a block exit with 0, or with N where the fence says ``console exit=N``.  A block
whose fence says ``file=NAME``, as in ``python file=mypatch.py``, is written to that file.
Seconds, rates and memory may differ.

``python -m tests.repo.console README.md docs/*.md`` writes the present output into the documents.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from tests.repo.tree import ROOT

UPDATE = "python -m tests.repo.console README.md docs/*.md"

LAUNCHER = """
import sys
from memcharge.cli import main
sys.exit(main())
"""

# What differs from run to run, with the blanks that align it.
NOISE = [
    (re.compile(r" *\b\d[\d.,]* (?:CPU )?(?:seconds?|s|ms)\b(?!/)"), " (time)"),
    (re.compile(r" *\b\d[\d.,]* ?[kMG]? (?:states|steps)(?:/s| a second)\b"), " (rate)"),
    (re.compile(r" *\b\d[\d.,]* [KMG]i?B\b"), " (memory)"),
]

FENCE = re.compile(r"(?P<ticks>`{3,}) *(?P<info>[^`]*)$")


class DocumentError(ValueError):
    """A document holds a block that this module cannot run."""


@dataclass
class Block:
    """One fenced block: where its text lies in the document, and what its fence says."""

    first: int
    last: int
    info: list[str]
    lines: list[str]

    @property
    def language(self) -> str:
        return self.info[0] if self.info else ""

    def option(self, name: str) -> str | None:
        values = [word.partition("=")[2] for word in self.info[1:] if word.startswith(f"{name}=")]
        return values[0] if values else None


@dataclass
class Command:
    """One command of a console block, with the output that the document shows."""

    prompt: list[str]
    shown: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(line[2:] for line in self.prompt)


@dataclass(frozen=True)
class Ran:
    """What a command printed, both streams together, and its exit code."""

    output: list[str]
    exit_code: int


def blocks(lines: list[str]) -> list[Block]:
    """The fenced blocks of a document."""
    found: list[Block] = []
    opening: tuple[int, str, list[str]] | None = None
    for number, line in enumerate(lines):
        fence = FENCE.match(line.rstrip())
        if opening is None and fence:
            opening = (number + 1, fence["ticks"], fence["info"].split())
        elif opening and fence and not fence["info"] and len(fence["ticks"]) >= len(opening[1]):
            first, _, info = opening
            found.append(Block(first, number, info, lines[first:number]))
            opening = None
    if opening:
        raise DocumentError(f"line {opening[0]}: the block is not closed")
    return found


def commands(block: Block) -> list[Command]:
    """The commands of a console block."""
    found: list[Command] = []
    for number, line in enumerate(block.lines, block.first + 1):
        if line.startswith("$ "):
            found.append(Command([line]))
        elif not found:
            raise DocumentError(f"line {number}: output before the first `$ memcharge ...`")
        elif line.startswith("> ") and not found[-1].shown and found[-1].text.endswith("\\"):
            found[-1].prompt.append(line)
        else:
            found[-1].shown.append(line)
    for command in found:
        if command.text.split()[:1] != ["memcharge"]:
            raise DocumentError(f"not a memcharge command: {command.text}")
    return found


class Session:
    """A folder in which the commands of one document run, one after another."""

    def __init__(self, folder: Path, launcher: str = LAUNCHER) -> None:
        self.work = folder / "work"
        self.work.mkdir()
        program = folder / "bin" / "memcharge"
        program.parent.mkdir()
        program.write_text(f"#!{sys.executable}\n{launcher}")
        program.chmod(0o755)
        self.environment = os.environ | {
            "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT / "src"),
            "COLUMNS": "80",
            "LC_ALL": "C.UTF-8",
            "NO_COLOR": "1",
            "TERM": "dumb",
        }
        self.environment.pop("FORCE_COLOR", None)

    def run(self, command: str) -> Ran:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.work,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        return Ran([line.rstrip() for line in done.stdout.splitlines()], done.returncode)


def same(shown: list[str], printed: list[str]) -> bool:
    return normalised(shown) == normalised(printed)


def normalised(lines: list[str]) -> list[str]:
    text = "\n".join(line.rstrip() for line in lines).rstrip()
    for pattern, word in NOISE:
        text = pattern.sub(word, text)
    return text.split("\n")


def updated(text: str, session: Session) -> str:
    """The document with the output and the exit codes that its commands have now."""
    lines = text.split("\n")
    shift = 0
    for block in blocks(lines):
        if name := block.option("file"):
            (session.work / name).write_text("\n".join([*block.lines, ""]))
        if block.language != "console":
            continue
        body, exit_code = rerun(block, session)
        words = [word for word in block.info if not word.startswith("exit=")]
        words += [f"exit={exit_code}"] if exit_code else []
        fence_at = block.first - 1 + shift
        ticks = lines[fence_at][: len(lines[fence_at]) - len(lines[fence_at].lstrip("`"))]
        lines[fence_at : block.last + shift] = [ticks + " ".join(words), *body]
        shift += len(body) - len(block.lines)
    return "\n".join(lines)


def rerun(block: Block, session: Session) -> tuple[list[str], int]:
    """A console block's text as it should be, and the exit code of its commands."""
    body: list[str] = []
    exit_codes: set[int] = set()
    for command in commands(block):
        ran = session.run(command.text)
        exit_codes.add(ran.exit_code)
        gap = command.shown[len("\n".join(command.shown).rstrip().split("\n")) :]
        shown = command.shown if same(command.shown, ran.output) else [*ran.output, *gap]
        body += [*command.prompt, *shown]
    if len(exit_codes) != 1:
        where = f"line {block.first}: exit codes {sorted(exit_codes)} in one block"
        raise DocumentError(f"{where}; give each a block of its own")
    return body, exit_codes.pop()


def update(document: Path) -> bool:
    """Rewrite the outputs in a document; whether anything changed."""
    before = document.read_text()
    with tempfile.TemporaryDirectory() as folder:
        after = updated(before, Session(Path(folder)))
    if after != before:
        document.write_text(after)
    return after != before


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        print(f"{argument}: {'updated' if update(Path(argument)) else 'as it was'}")
