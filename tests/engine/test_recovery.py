# SPDX-License-Identifier: GPL-2.0-only
"""A check that was stopped and goes on ends as one that was not."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import memcharge
from memcharge.engine import CheckpointError, Options, Progress, Stored, bfs, check, dfs
from memcharge.engine import recovery as recovery_module
from memcharge.engine.found import saved
from memcharge.engine.native import search as native
from memcharge.engine.parallel import search as rounds
from memcharge.engine.prepare import compile_scenario
from memcharge.engine.stepper import make_stepper
from memcharge.scenarios import parse
from memcharge.trace import Result
from tests.support.stopped import EDITION, go_on, in_steps, record, recovery, untimed

SOURCE = Path(memcharge.__file__).parents[1]  # whatever folder a check is run in
SCENARIO = "migrate+munmap@file"  # broken, 11,877 states
LARGE = "migrate+munmap+hold@anon"  # what the interpreter leaves to machine code

HOW = {
    "interp": Options(engine="interp"),
    "native": Options(engine="native"),
    "workers": Options(engine="native", workers="2"),
    "either": Options(),
    "dfs": Options(search="dfs"),
}


def uninterrupted(scenario: str, options: Options) -> Result:
    return untimed(check(EDITION, parse(scenario), options))


@pytest.fixture(params=HOW)
def how(request: pytest.FixtureRequest) -> Options:
    return HOW[request.param]


def test_stopped_by_a_limit_again_and_again_it_ends_the_same(
    how: Options, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(native, "FIRST", 500)
    monkeypatch.setattr(native, "PACE", 0)  # so that it looks up often, however fast it is
    monkeypatch.setattr(rounds, "STRIDE", 256)
    result = in_steps(tmp_path / "it", SCENARIO, how, [1, 100, 3000, 3001, 9000])
    assert result == uninterrupted(SCENARIO, how)
    assert result.verdict == "Sometimes"
    assert not (tmp_path / "it").exists()


def test_from_the_interpreter_to_machine_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(native, "FIRST", 5000)
    steps = [20_000, 50_000, 70_000, 100_000]
    result = in_steps(tmp_path / "it", LARGE, Options(), steps)
    assert result == uninterrupted(LARGE, Options())
    assert result.engine == "native"


def test_interrupted_anywhere_it_ends_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """^C comes in the middle of a step: what is half done is done again."""
    chance = random.Random(1)
    for options, strategy in ((HOW["interp"], bfs), (HOW["dfs"], dfs)):
        wanted = uninterrupted(SCENARIO, options)
        for number in range(3):
            path = tmp_path / f"{options.search}{number}"
            monkeypatch.setattr("memcharge.engine.found.LOOK_EVERY", 300)
            interrupt_judging(monkeypatch, strategy, chance.randrange(20, 350))
            stopped = go_on(path, SCENARIO, options)
            assert stopped.incomplete == "interrupted"
            monkeypatch.undo()
            assert go_on(path, SCENARIO, options) == wanted


def interrupt_judging(monkeypatch: pytest.MonkeyPatch, strategy: Any, after: int) -> None:
    calls = 0
    judge = strategy.judge

    def interrupted(*args: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == after:
            raise KeyboardInterrupt
        judge(*args)

    monkeypatch.setattr(strategy, "judge", interrupted)


def test_an_interrupt_between_two_slices_of_machine_code(tmp_path: Path) -> None:
    def interrupt(_: Progress) -> None:
        raise KeyboardInterrupt

    stopped = go_on(tmp_path / "it", LARGE, HOW["native"], interrupt)
    assert stopped.incomplete == "interrupted"
    assert 0 < stopped.states < 132_000
    assert go_on(tmp_path / "it", LARGE, HOW["native"]) == uninterrupted(LARGE, HOW["native"])


def test_results_and_searches_are_kept_side_by_side(tmp_path: Path) -> None:
    few = Options(max_states=3000)
    names = ["migrate@file", SCENARIO, "migrate+munmap@anon"]
    kept = recovery(tmp_path / "it", few, SCENARIO)
    for name in names:
        kept.finished(0, check(EDITION, parse(name), few, None, kept.pair(0, name)))
    kept.stop()
    stored = Stored(tmp_path / "it")
    assert stored.asked == kept.asked
    assert [name for _, name in stored.results] == names[:1]
    assert [name for _, name in stored.searches] == names[1:]
    assert stored.results[0, names[0]] == kept.results[0, names[0]]
    for name in names[1:]:  # the second is copied from file to file
        assert go_on(tmp_path / "it", name, Options()) == uninterrupted(name, Options())


def test_it_is_written_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "it"
    monkeypatch.setattr(recovery_module, "SHARE", 1e9)
    kept = recovery(path, HOW["interp"], SCENARIO, every=0.0)
    counts: list[int] = []

    def look(_: Progress) -> None:
        if path.exists():
            counts.extend(one.figures["count"] for one in Stored(path).searches.values())

    check(EDITION, parse(SCENARIO), HOW["interp"], look, kept.pair(0, SCENARIO))
    assert len(set(counts)) >= 3
    assert counts == sorted(counts)


def test_a_smaller_budget_than_it_needs_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "it"
    for engine, states in (("interp", 10_000), ("native", 131_000)):
        go_on(path, LARGE, Options(engine=engine, max_states=states))
        before = path.read_bytes()
        with pytest.raises(CheckpointError, match=r"states need about \d+ MiB, --max-memory is"):
            go_on(path, LARGE, Options(engine=engine, max_memory=1 << 20))
        assert path.read_bytes() == before
        path.unlink()


def test_a_full_memory_stays_full_and_more_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "it"
    full = Options(engine="interp", max_memory=2 << 20)
    first = go_on(path, SCENARIO, full)
    for _ in range(2):
        again = go_on(path, SCENARIO, full)
        assert again.incomplete.startswith("--max-memory reached")
        assert again.states == first.states
    assert go_on(path, SCENARIO, HOW["interp"]) == uninterrupted(SCENARIO, HOW["interp"])


def test_another_text_or_another_tool_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "it"
    go_on(path, SCENARIO, Options(max_states=100))
    stored = Stored(path)
    texts = recovery_module.texts([EDITION])
    stored.must_fit(texts)
    with pytest.raises(CheckpointError, match="v2_6_34 has changed since"):
        stored.must_fit([texts[0], ("v2_6_34", "0")])
    with pytest.raises(CheckpointError, match="memcharge itself has changed since"):
        stored.must_fit([("memcharge", "0"), texts[1]])
    stored.version = "0.0.0"
    with pytest.raises(CheckpointError, match=r"written by memcharge 0\.0\.0"):
        stored.must_fit([("memcharge", "0"), texts[1]])


def test_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "it"
    go_on(path, SCENARIO, Options(max_states=100))
    with pytest.raises(CheckpointError, match="another program than the one that was stopped"):
        go_on(path, SCENARIO, Options(reduce=frozenset()))


def test_a_checkpoint_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    kept = recovery(tmp_path / "no" / "it", HOW["interp"], SCENARIO, every=0.0)
    result = check(EDITION, parse(SCENARIO), HOW["interp"], None, kept.pair(0, SCENARIO))
    assert untimed(result) == uninterrupted(SCENARIO, HOW["interp"])
    assert "cannot be written" in kept.problem
    assert kept.stop() == ""


def test_flipped_or_cut_no_checkpoint_of_a_search_is_good(tmp_path: Path) -> None:
    path, chance = tmp_path / "it", random.Random(2)
    go_on(path, SCENARIO, Options(max_states=100))
    whole = path.read_bytes()
    for _ in range(200):
        at = chance.randrange(len(whole))
        path.write_bytes(
            whole[:at] + bytes([whole[at] ^ 1 << chance.randrange(8)]) + whole[at + 1 :]
        )
        with pytest.raises(CheckpointError):
            Stored(path)
        path.write_bytes(whole[:at])
        with pytest.raises(CheckpointError):
            Stored(path)


def test_what_is_saved_is_what_was_found(tmp_path: Path) -> None:
    stepper = make_stepper(compile_scenario(EDITION, parse(SCENARIO), ()))
    found = bfs.search(stepper, Options(max_states=5000))
    kept = saved(stepper, found, Options())
    size, parts = kept.arrays["states"]
    assert b"".join(parts()) == b"".join(found.states)
    assert size == len(found.states) * len(found.states[0])


# -- killed -----------------------------------------------------------------------------------

SOME = ("migrate@file", "migrate+munmap@file", "munmap+truncate@file", "migrate+munmap@anon",
        "migrate+fault@file", "migrate+truncate@file", "migrate+hold@anon")  # fmt: skip
COMMANDS = {
    "interp": ["--engine", "interp", *(f"-s{name}" for name in SOME)],
    "native": ["--engine", "native", "-smigrate+munmap+truncate@file",
               "-smigrate+munmap+munmap@anon,shared", "-smigrate+munmap+fault@file"],
    "workers": ["--engine", "native", "--workers", "2", "-smigrate+munmap+truncate@file",
                "-smigrate+munmap+munmap@anon,shared", "-smigrate+munmap+fault@file"],
    "dfs": ["--search", "dfs", *(f"-s{name}" for name in SOME)],
}  # fmt: skip


def run(folder: Path, *args: str) -> subprocess.Popen[bytes]:
    program = "import sys; from memcharge.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", program, *args, "--checkpoint-every", "0"]
    where = os.pathsep.join([str(SOURCE), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": where},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def killed(folder: Path, name: str, times: int, chance: random.Random) -> None:
    """Kill a check so many times, at random moments; what it found is in one file or the other."""
    path, record = folder / "memcharge-checkpoint.mcc", folder / "memcharge-run.json"
    states = 0
    while times:
        again = ["resume"] if path.exists() else ["check", "v2_6_34", *COMMANDS[name]]
        with run(folder, *again) as process:
            time.sleep(chance.uniform(0.3, 1.6))
            process.kill()
            code = process.wait()
        if code == -signal.SIGKILL:
            times -= 1
        else:
            assert code in {0, 1}
            assert record.exists()
            assert not path.exists()
        if path.exists():
            now = progress_of(Stored(path))
            assert now >= states, "what was kept is lost"
            states = now
        elif record.exists():
            record.unlink()
            states = 0
        else:
            assert not states, "what was kept is lost"
    with run(
        folder, *(["resume"] if path.exists() else ["check", "v2_6_34", *COMMANDS[name]])
    ) as last:
        assert last.wait() in {0, 1}


def progress_of(stored: Stored) -> int:
    done = sum(result.states for result in stored.results.values())
    return done + sum(int(kept.figures["count"]) for kept in stored.searches.values())


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("times", [2, pytest.param(50, marks=pytest.mark.long)])
def test_killed_at_any_moment_it_ends_the_same(tmp_path: Path, name: str, times: int) -> None:
    once, often = tmp_path / "once", tmp_path / "often"
    for folder in (once, often):
        folder.mkdir()
    with run(once, "check", "v2_6_34", *COMMANDS[name], "--no-checkpoint") as process:
        assert process.wait() in {0, 1}
    killed(often, name, times, random.Random(times))
    assert record(often / "memcharge-run.json") == record(once / "memcharge-run.json")
    assert not [one for one in often.iterdir() if one.suffix == ".mcc"]
