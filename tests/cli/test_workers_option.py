# SPDX-License-Identifier: GPL-2.0-only
"""`--workers`: what it takes, what it refuses, and what the record says of it."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from memcharge.cli import verbs
from memcharge.engine import WorkersError, workers
from memcharge.engine.workers import Workers
from tests.cli.conftest import World

CHECK = ("check", "v2_6_34", "-s", "migrate@file", "--engine", "native", "--no-times")


def run(*args: str) -> Result:
    return CliRunner().invoke(verbs, list(args))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("3", Workers(3)),
        ("ray", Workers(0, ray=True)),
        ("ray:4", Workers(4, ray=True)),
        ("ray://head:10001", Workers(0, ray=True, address="ray://head:10001")),
    ],
)
def test_what_it_takes(text: str, meant: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("memcharge.engine.workers"), "find_spec", lambda _: True)
    assert workers(text) == meant


@pytest.mark.parametrize(
    "text", ["", "two", "-1", "1.5", "ray:", "ray:x", "ray://head", "http://x:1"]
)
def test_what_it_refuses(text: str) -> None:
    with pytest.raises(WorkersError, match="write a number of threads, ray, ray:N, or ray://"):
        workers(text)


@pytest.mark.parametrize("text", ["0", "257", "ray:0", "999999999"])
def test_how_many_there_may_be(text: str) -> None:
    with pytest.raises(WorkersError, match=f"--workers {text}: there may be 1 to 256"):
        workers(text)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--workers", "two"), "--workers two: write a number of threads"),
        (("--workers", "0"), "--workers 0: there may be 1 to 256"),
        (("--workers", "2", "--search", "dfs"), "--workers share the work of the native engine"),
        (("--workers", "2", "--engine", "interp"), "--workers share the work of the native"),
    ],
)
def test_a_mistake_is_answered(args: tuple[str, ...], said: str, world: World) -> None:
    done = world.run("check", "v2_6_34", *args)
    assert done.exit_code == 2
    assert len(done.stderr.splitlines()) == 1
    assert said in done.stderr


def test_the_record_says_who_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(*CHECK, "--workers", "2")
    assert done.exit_code == 1
    assert "engine native on 2 threads" in done.stdout
    data = json.loads(Path("memcharge-run.json").read_text())
    [result] = data["runs"][0]["results"]
    assert result["certificate"]["workers"] == "2 threads"
    assert result["engine"] == "native"


def test_others_may_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    whole = run(*CHECK, "--no-checkpoint").stdout
    assert run(*CHECK, "--workers", "2", "--max-states", "50").exit_code == 3
    assert run("resume", "--workers", "two").exit_code == 2
    told = run("resume", "--workers", "3").stdout
    assert "engine native on 3 threads" in told
    assert told.partition("scenario")[2] == whole.partition("scenario")[2]


def test_one_worker_is_the_same_as_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(*CHECK, "--workers", "1").stdout == run(*CHECK).stdout


def test_where_ray_is_missing_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(import_module("memcharge.engine.workers"), "find_spec", lambda _: None)
    done = run(*CHECK, "--workers", "ray")
    assert done.exit_code == 2
    assert done.stderr == (
        "Error: --workers ray needs Ray, which is not installed: pip install 'memcharge[ray]'\n"
    )
