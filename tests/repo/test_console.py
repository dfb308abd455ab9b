# SPDX-License-Identifier: GPL-2.0-only
"""Every command that a document shows does what the document shows."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import pytest

from tests.repo.console import UPDATE, DocumentError, Session, blocks, same, updated
from tests.repo.tree import ROOT, files, relative

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENTS = [relative(p) for p in files("*.md", "docs/*.md")]

# Stands in for memcharge: says its arguments, writes them down, exits with the last if a number.
ECHO = """
import sys
with open("seen", "a+") as seen:
    print(*sys.argv[1:], file=seen)
print("said", *sys.argv[1:])
print("in 0.25 CPU seconds, 61 MiB, 4.1 M steps/s", file=sys.stderr)
sys.exit(int(sys.argv[-1]) if sys.argv[-1].isdigit() else 0)
"""


@pytest.mark.parametrize("name", DOCUMENTS)
def test_commands_of_a_document_print_what_it_shows(tmp_path: Path, name: str) -> None:
    shown = (ROOT / name).read_text()
    now = updated(shown, Session(tmp_path))
    difference = "\n".join(difflib.unified_diff(shown.split("\n"), now.split("\n"), lineterm=""))
    assert shown == now, f"{name}; if this is meant, run: {UPDATE}\n{difference}"


def test_readme_shows_a_command() -> None:
    lines = (ROOT / "README.md").read_text().split("\n")
    assert any(block.language == "console" for block in blocks(lines))


def document(*lines: str) -> str:
    return "\n".join(["text", *lines, "more", ""])


def test_a_wrong_output_is_found_and_mended(tmp_path: Path) -> None:
    wrong = document("```console", "$ memcharge a", "said b", "```")
    right = document(
        "```console", "$ memcharge a", "said a", "in 0.25 CPU seconds, 61 MiB, 4.1 M steps/s", "```"
    )
    session = Session(tmp_path, ECHO)
    assert updated(wrong, session) == right
    assert updated(right, session) == right


def test_a_wrong_exit_code_is_found_and_mended(tmp_path: Path) -> None:
    session = Session(tmp_path, ECHO)
    right = updated(document("```console", "$ memcharge 3 | cat", "$ memcharge x", "```"), session)
    assert "```console\n" in right
    assert "```console exit=3\n" in updated(document("```console", "$ memcharge 3", "```"), session)
    wrong = document("```console exit=3", "$ memcharge 1", "```")
    assert "```console exit=1\n" in updated(wrong, session)


def test_noise_alone_changes_nothing(tmp_path: Path) -> None:
    text = document(
        "````console",
        "$ memcharge a \\",
        "> b",
        "said a b",
        "in   13.5 CPU seconds, 2.5 GiB, 120 k steps/s",
        "",
        "$ memcharge c 2>&1 | head -n 1",
        "said c",
        "````",
    )
    assert updated(text, Session(tmp_path, ECHO)) == text


def test_numbers_that_are_no_noise_count() -> None:
    assert not same(["669 states"], ["670 states"])
    assert not same(["step 30 of 32"], ["step 30 of 33"])
    assert not same(["exit 1", ""], ["exit 2"])


def test_blocks_keep_their_order_and_share_a_folder(tmp_path: Path) -> None:
    text = document(
        "```python file=mypatch.py",
        'BASE = "v2_6_34"',
        "```",
        "```console",
        "$ memcharge one >/dev/null 2>&1",
        "```",
        "```sh",
        "rm -r everything",
        "```",
        "```console",
        "$ memcharge two >/dev/null 2>&1; cat seen mypatch.py",
        "one",
        "two",
        'BASE = "v2_6_34"',
        "```",
    )
    assert updated(text, Session(tmp_path, ECHO)) == text


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (("```console", "$ rm -r everything", "```"), "not a memcharge command"),
        (("```console", "said a", "$ memcharge a", "```"), "output before"),
        (("```console", "$ memcharge a"), "not closed"),
        (("```console", "$ memcharge 1", "$ memcharge 2", "```"), "a block of its own"),
    ],
)
def test_a_block_that_cannot_run_is_an_error(
    tmp_path: Path, lines: tuple[str, ...], message: str
) -> None:
    with pytest.raises(DocumentError, match=message):
        updated(document(*lines), Session(tmp_path, ECHO))
