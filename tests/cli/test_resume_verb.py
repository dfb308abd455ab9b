# SPDX-License-Identifier: GPL-2.0-only
"""`memcharge resume` and the options of `check` that it is about, on the real engine."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from memcharge.cli import verbs
from memcharge.trace.files import read
from tests.support.stopped import record

CHECKPOINT = Path("memcharge-checkpoint.mcc")
STOPPED = ("check", "v2_6_34", "-s", "migrate@file", "-s", "migrate+munmap@file",
           "--max-states", "3000", "--no-times")  # fmt: skip


def run(*args: str) -> Result:
    return CliRunner().invoke(verbs, list(args))


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_screen_says_where_the_checkpoint_is_and_what_to_type() -> None:
    done = run(*STOPPED)
    assert "Incomplete, broken" in done.stdout
    assert "memcharge resume " in done.stdout
    assert "go on from memcharge-checkpoint.mcc" in done.stdout
    assert CHECKPOINT.exists()


def test_resume_ends_as_if_nothing_had_happened() -> None:
    whole = run(*STOPPED[:6], "--no-times")
    run("check", "v2_6_34", "-s", "migrate@file", "--json", "unused.json")
    wanted = record(Path("memcharge-run.json"))
    run(*STOPPED)
    done = run("resume")
    assert done.stdout == whole.stdout
    assert done.exit_code == whole.exit_code == 1
    assert record(Path("memcharge-run.json")) == wanted
    assert not CHECKPOINT.exists()


def test_resume_may_stop_again_and_keeps_other_names() -> None:
    run(*STOPPED, "--json", "a.json", "--checkpoint", "b.mcc")
    done = run("resume", "b.mcc", "--max-states", "5000", "--json", "c.json")
    assert "memcharge resume b.mcc" in done.stdout
    assert read("c.json").runs[0].results[1].states > 5000
    assert run("resume", "b.mcc").exit_code == 1
    assert read("c.json").runs[0].results[1].complete
    assert not read("a.json").runs[0].results[1].complete
    assert not Path("b.mcc").exists()
    assert not CHECKPOINT.exists()


def test_the_checkpoint_lies_beside_the_record() -> None:
    Path("there").mkdir()
    done = run(*STOPPED, "--json", "there/run.json")
    assert "memcharge resume there/memcharge-checkpoint.mcc" in done.stdout
    assert Path("there", CHECKPOINT).exists()


def test_json_to_stdout_stays_alone_there() -> None:
    done = run(*STOPPED, "--json", "-")
    assert done.stdout.startswith("{")
    assert done.stderr == "memcharge: memcharge resume memcharge-checkpoint.mcc goes on\n"


def test_no_checkpoint_leaves_none() -> None:
    done = run(*STOPPED, "--no-checkpoint")
    assert "resume" not in done.stdout
    assert not CHECKPOINT.exists()


def test_a_finished_check_leaves_none_and_touches_no_other() -> None:
    CHECKPOINT.write_text("mine")
    assert run("check", "v2_6_34", "-s", "migrate@anon").exit_code == 0
    assert CHECKPOINT.read_text() == "mine"


def test_a_record_that_cannot_be_written_is_in_the_checkpoint() -> None:
    Path("taken.json").mkdir()
    args = ("check", "v2_6_34", "-s", "migrate@anon", "--no-times")
    done = run(*args, "--json", "taken.json")
    assert "taken.json: cannot be written (Is a directory)" in done.stderr
    assert "go on from memcharge-checkpoint.mcc" in done.stdout
    assert run("resume", "--json", "free.json").exit_code == 0
    assert not CHECKPOINT.exists()
    run(*args)
    assert record(Path("free.json")) == record(Path("memcharge-run.json"))


def test_killed_before_the_record_is_written_it_is_in_the_checkpoint(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def die(*_: object) -> str:
        raise SystemExit(137)

    run(*STOPPED)
    with monkeypatch.context() as patched:
        patched.setattr("memcharge.cli.running.keep", die)
        assert run("resume").exit_code == 137
    assert CHECKPOINT.exists()
    assert run("resume").exit_code == 1
    assert read("memcharge-run.json").runs[0].results[1].complete


def test_one_that_cannot_be_written_is_one_remark() -> None:
    done = run(*STOPPED, "--checkpoint", "no/such.mcc")
    assert len(done.stderr.splitlines()) == 1
    assert "no/such.mcc: cannot be written (No such file or directory)" in done.stderr
    assert "memcharge resume" not in done.stdout


def test_what_is_no_checkpoint_is_one_line_and_exit_2() -> None:
    run(*STOPPED)
    whole = CHECKPOINT.read_bytes()
    Path("patch.py").write_text("BASE = 1\n")
    bad = {"none.mcc": None, "patch.py": b"BASE = 1\n", "cut.mcc": whole[:-1],
           "flipped.mcc": whole[:900] + bytes([whole[900] ^ 4]) + whole[901:]}  # fmt: skip
    for name, data in bad.items():
        if data is not None:
            Path(name).write_bytes(data)
        done = run("resume", name)
        assert done.exit_code == 2
        assert len(done.stderr.splitlines()) == 1
        assert done.stderr.startswith(f"Error: {name}: ")
        assert done.stdout == ""


def test_a_patch_that_changed_is_refused() -> None:
    text = 'BASE = "mm_2010_05_07"\nPROVENANCE = "mine"\n\n\ndef PageDirty(page):\n    return {}\n'
    text = "from memcharge.kernel import *\n\n" + text
    text = text.replace("PageDirty(page)", "page_mapped(page: Page) -> bool")
    patch = Path("mypatch.py")
    patch.write_text(text.format("atomic_read(page._mapcount) >= 0"))
    args = ["check", "mypatch.py", "-s", "migrate+munmap@file", "--max-states", "100"]
    stopped = run(*args)
    assert "memcharge resume" in stopped.stdout, stopped.output
    patch.write_text(patch.read_text() + "\n# changed\n")
    done = run("resume")
    assert done.exit_code == 2
    assert "mypatch has changed since, so its counts are of no use" in done.stderr
    assert CHECKPOINT.exists()


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["--search", "dfs", "--engine", "native"], "native has bfs only"),
        (["--search", "simulate", "--engine", "native"], "native has bfs only"),
        (["--seed", "3"], "--seed and --walks go with --search simulate"),
        (["--search", "dfs", "--walks", "3"], "--seed and --walks go with --search simulate"),
        (["--search", "simulate", "--checkpoint", "x"], "walks need no checkpoint"),
    ],
)
def test_what_does_not_go_together_is_refused(args: list[str], says: str) -> None:
    done = run("check", "v2_6_34", "-s", "migrate@file", *args)
    assert done.exit_code == 2
    assert says in done.stderr


def test_depth_first_says_that_its_witnesses_are_not_the_shortest() -> None:
    done = run("check", "v2_6_34", "-s", "munmap+truncate@file", "--search", "dfs")
    assert "search   dfs, engine interp" in done.stdout
    assert "(The witnesses need not be the shortest that there are.)" in done.stdout
    assert read("memcharge-run.json").runs[0].search == "dfs"


def test_walks_say_what_they_saw_and_that_it_is_not_all() -> None:
    done = run("check", "v2_6_34", "-s", "migrate@anon", "--search", "simulate", "--walks", "9")
    assert done.exit_code == 3
    assert "migrate@anon: 9 random walks with seed 1" in done.stdout
    assert " % of the statements and " in done.stdout
    assert "memcharge resume" not in done.stdout
    result = read("memcharge-run.json").runs[0].results[0]
    assert result.verdict == "Incomplete"
    assert set(result.seen) == {"statements", "branches"}
