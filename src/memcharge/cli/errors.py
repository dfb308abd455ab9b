# SPDX-License-Identifier: GPL-2.0-only
"""What each way to fail prints, and the exit code it ends with.

0 all hold; 1 a property is broken; 2 usage; 3 incomplete; 4 the tool failed.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import traceback
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click

HOLDS, BROKEN, USAGE, INCOMPLETE, FAILED = range(5)

# Errors a user can cause, by the module that raises them; their text is the whole message.
# One that was not imported cannot have raised anything, so nothing is imported to look.
_CAUSED_BY_THE_USER = {
    "memcharge.trace.files": "RecordError",
    "memcharge.editions.chain": "EditionError",
    "memcharge.scenarios": "ScenarioError",
    "memcharge.lang": "LangError",
    "memcharge.ir.promela": "ExportError",
    "memcharge.engine": "ScheduleError",
    "memcharge.engine.checkpoint": "CheckpointError",
    "memcharge.engine.stepper": "FieldOverflow",
    "memcharge.engine.workers": "WorkersError",
}


class UserError(click.ClickException):
    """Something the user can put right: printed as it is, exit code 2."""

    exit_code = USAGE


class _ReaderGone(Exception):
    """Standard output is closed; click itself would end with 1, which means something else."""


class Group(click.Group):
    """A group whose `main` turns every way to fail into a line and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            code = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            raise _ReaderGone from None
        return code

    def main(self, args: Sequence[str] | None = None, *rest: Any, **extra: Any) -> Any:
        extra["standalone_mode"] = False
        code: object = FAILED
        try:
            code = super().main(args, *rest, **extra)
        except _ReaderGone:
            code = _quiet_pipe()
        except (KeyboardInterrupt, click.Abort):
            _say("memcharge: interrupted")
            code = INCOMPLETE
        except click.ClickException as error:
            error.show()
            code = USAGE
        except Exception as error:  # noqa: BLE001 - the last resort, told as such
            given = sys.argv[1:] if args is None else args
            code = _told(error, print_it="--traceback" in given)
        sys.exit(code if isinstance(code, int) else HOLDS)


def unknown(kind: str, name: str, known: Iterable[str], where: str = "") -> UserError:
    """An error about a name that does not exist, with the nearest that does."""
    near = get_close_matches(name, list(known), 1)
    hint = f"; did you mean {near[0]}?" if near else f"; {where}" if where else ""
    return UserError(f"no {kind} {name}{hint}")


def _told(error: Exception, *, print_it: bool) -> int:
    for module, name in _CAUSED_BY_THE_USER.items():
        kind = getattr(sys.modules.get(module), name, None)
        if kind is not None and isinstance(error, kind):
            _say(f"Error: {error}")
            return USAGE
    if print_it:
        traceback.print_exc()
    summary = str(error).partition("\n")[0] or "no message"
    where = "" if print_it else f" with {_kept()}"
    _say(f"memcharge failed: {type(error).__name__}: {summary}; please report{where}")
    return FAILED


def _kept() -> str:
    path = Path(tempfile.gettempdir()) / f"memcharge-traceback-{os.getpid()}.txt"
    try:
        path.write_text(traceback.format_exc(), encoding="utf-8")
    except OSError:
        return "what memcharge --traceback prints"
    return str(path)


def _quiet_pipe() -> int:
    """The reader has gone: say nothing, not even when the interpreter flushes at the end."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return HOLDS


def _say(line: str) -> None:
    click.echo(line, err=True)
