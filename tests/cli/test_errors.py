# SPDX-License-Identifier: GPL-2.0-only
"""Mistakes get one line and exit code 2; only the tool's own failure is 4."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from memcharge.editions.chain import EditionError, load
from tests.cli.conftest import World


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("chek",), "No such command 'chek'"),
        (("check", "--bogus"), "No such option"),
        (("check", "v2_6_34", "-s", "migrat@file"), "did you mean migrate@file?"),
        (("check", "--max-states", "0"), "--max-states"),
        (("check", "--max-memory", "lots"), "write 512M or 2G"),
        (("check", "--time", "0"), "--time"),
        (("check", "--reduce", "no_such"), "no reduction no_such"),
        (("check", "--reduce", ","), "names no reduction"),
        (("race", "run.json", "migrate@file"), "is a record"),
        (("show", "v2_6_34", "functoins"), "no function in v2_6_34: functoins"),
        (("list", "v2_6_34"), "only with --uncovered"),
    ],
)
def test_a_mistake_is_answered(args: tuple[str, ...], said: str, world: World) -> None:
    done = world.run(*args)
    assert done.exit_code == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_edition_is_answered(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("memcharge.cli.check.load", load)
    done = world.run("check", "v2_6_43")
    assert done.exit_code == 2
    with pytest.raises(EditionError) as caught:
        load("v2_6_43")
    assert done.stderr == f"Error: {caught.value}\n"


def test_a_failure_of_the_tool_is_told_with_its_traceback_kept(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    world.found["v2_6_34", "migrate@anon"] = RuntimeError("a wrong count")
    done = world.run("check", "v2_6_34")
    assert done.exit_code == 4
    assert done.stderr.startswith("memcharge failed: RuntimeError: a wrong count; please report")
    assert len(done.stderr.splitlines()) == 1
    kept = Path(done.stderr.split()[-1])
    assert "Traceback" in kept.read_text()


def test_a_traceback_is_printed_on_request(world: World) -> None:
    world.found["v2_6_34", "migrate@anon"] = RuntimeError("a wrong count")
    done = world.run("--traceback", "check", "v2_6_34")
    assert done.exit_code == 4
    assert "Traceback" in done.stderr


def test_an_interrupt_outside_a_search_ends_with_3(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("memcharge.cli.check.load", interrupted)
    assert world.run("check").exit_code == 3


def test_help_and_version_end_with_0(world: World) -> None:
    done = world.run("--help")
    assert (done.exit_code, done.stderr) == (0, "")
    assert world.run("check", "--help").exit_code == 0
    assert "memcharge" in world.run("--version").stdout


def test_a_closed_pipe_is_quiet() -> None:
    command = f"{sys.executable} -m memcharge list | true"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.returncode == 0


def test_help_starts_nothing_heavy() -> None:
    program = (
        "import sys, memcharge.cli; "
        "print([m for m in ('rich', 'jsonschema', 'memcharge.engine') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
