# SPDX-License-Identifier: GPL-2.0-only
"""A checkpoint is read whole and as it was written, or it is refused."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from memcharge.engine.checkpoint import FIRST_LINE, CheckpointError, Reader, Writer, write

BLOCKS = {"asked": b'{"version": 1}', "empty": b"", "states": bytes(range(256)) * 3}


def fill(writer: Writer) -> None:
    for name, data in BLOCKS.items():
        writer.block(name, len(data), [data[:7], data[7:]])


def contents(reader: Reader) -> dict[str, bytes]:
    return {block.name: reader.read(block) for block in reader.blocks}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write(tmp_path / "one.mcc", fill)
    return tmp_path / "one.mcc"


def test_what_was_written_is_read(path: Path) -> None:
    assert contents(Reader(path)) == {**BLOCKS, "end": b""}
    assert contents(write(path, fill)) == {**BLOCKS, "end": b""}


def test_only_the_file_is_left(path: Path) -> None:
    assert [*path.parent.iterdir()] == [path]


def test_every_byte_counts(path: Path) -> None:
    whole = path.read_bytes()
    for at in range(len(whole)):
        for flip in (1, 0x80, 0xFF):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ flip]) + whole[at + 1 :])
            with pytest.raises(CheckpointError, match=r"one\.mcc: (damaged|no checkpoint|a check)"):
                Reader(path)


def test_every_length_but_the_whole_is_refused(path: Path) -> None:
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(CheckpointError):
            Reader(path)
    path.write_bytes(whole + b"\0")
    with pytest.raises(CheckpointError, match="goes on after its end"):
        Reader(path)


def test_blocks_cannot_be_moved_or_left_out(path: Path) -> None:
    whole = path.read_bytes()
    starts = [block.at - 16 for block in Reader(path).blocks] + [len(whole)]
    parts = [whole[a:b] for a, b in pairwise(starts)]
    for order in ([0, 2, 3], [1, 0, 2, 3], [0, 1, 1, 2, 3], [3], [0, 1, 2, 3, 3]):
        path.write_bytes(FIRST_LINE + b"".join(parts[number] for number in order))
        with pytest.raises(CheckpointError):
            Reader(path)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "no checkpoint of memcharge"),
        (b"PK\3\4 an archive", "no checkpoint of memcharge"),
        (b"memcharge checkpoint 2\nwhatever", "of another version"),
        (b"memcharge checkpoint 1\n", "damaged: it is cut short"),
        (b"memcharge checkpoint 1\n" + b"\xff" * 64, "a length in it is wrong"),
    ],
)
def test_a_foreign_file_is_refused_in_one_line(tmp_path: Path, text: bytes, says: str) -> None:
    (tmp_path / "it").write_bytes(text)
    with pytest.raises(CheckpointError, match=says) as told:
        Reader(tmp_path / "it")
    assert "\n" not in str(told.value)


def test_a_folder_and_nothing_at_all_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="cannot be read"):
        Reader(tmp_path)
    with pytest.raises(CheckpointError, match="no such checkpoint"):
        Reader(tmp_path / "none")


def test_a_change_while_it_is_read_is_noticed(path: Path) -> None:
    reader = Reader(path)
    block = reader.blocks[2]
    with path.open("r+b") as file:
        file.seek(block.at + 5)
        file.write(b"!")
    with pytest.raises(CheckpointError, match="changed while it was read"):
        reader.read(block)


def test_the_open_one_stays_when_it_is_replaced(path: Path) -> None:
    before = Reader(path)
    write(path, lambda writer: writer.block("other", 2, [b"hi"]))
    assert contents(before) == {**BLOCKS, "end": b""}
    assert contents(Reader(path)) == {"other": b"hi", "end": b""}


def test_what_fails_halfway_leaves_the_old_one(path: Path) -> None:
    before = path.read_bytes()

    def fail(writer: Writer) -> None:
        fill(writer)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(path, fail)
    assert path.read_bytes() == before
    assert [*path.parent.iterdir()] == [path]


def test_it_says_why_it_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"cannot be written \(No such file or directory\)"):
        write(tmp_path / "no" / "it.mcc", fill)


def test_what_a_killed_process_left_is_cleared(path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", "pass"])
    dead.wait()
    left = path.with_name(f".{path.name}.{dead.pid}")
    alive = path.with_name(f".{path.name}.{os.getppid()}")
    for one in (left, alive):
        one.write_bytes(b"half")
    write(path, fill)
    assert not left.exists()
    assert alive.exists()


def test_large_blocks_come_in_pieces(tmp_path: Path) -> None:
    data = random.Random(1).randbytes(9 << 20)
    reader = write(tmp_path / "it", lambda writer: writer.block("states", len(data), [data]))
    pieces = [*reader.pieces(reader.blocks[0])]
    assert len(pieces) > 2
    assert b"".join(pieces) == data
