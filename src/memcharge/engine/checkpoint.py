# SPDX-License-Identifier: GPL-2.0-only
"""The file that a check goes on from: named blocks, each with its checksum, written whole or not.

A line with the format's number; then for each block its name (8 bytes), its
length (8 bytes, little-endian), its bytes and a checksum of 16 bytes; the last
block is called `end` and is empty.  A checksum is taken over the one before,
the name, the length and the bytes, so that no block can be changed, left out
or put elsewhere unnoticed.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from struct import Struct
from typing import IO, NoReturn
from weakref import finalize

FIRST_LINE = b"memcharge checkpoint 1\n"
ANY_VERSION = b"memcharge checkpoint "
HEADER = Struct("<8sQ")
CHECKSUM = 16
PIECE = 1 << 22  # bytes read or written at a time
END = "end"
REMEDY = "begin again with 'memcharge check'"

Buffer = bytes | bytearray | memoryview


class CheckpointError(Exception):
    """A checkpoint that cannot be written, read or gone on from; the message is one whole line."""


@dataclass(frozen=True, slots=True)
class Block:
    """One block: its name, where its bytes lie, and the checksums before and after it."""

    name: str
    at: int
    size: int
    before: bytes
    after: bytes


class Writer:
    """Appends blocks to a file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._last = b""
        self.blocks: list[Block] = []
        file.write(FIRST_LINE)

    def block(self, name: str, size: int, parts: Iterable[Buffer]) -> None:
        """Append a block of `size` bytes, which come in parts."""
        header = HEADER.pack(name.encode(), size)
        checksum = _checksum(self._last, header)
        self._file.write(header)
        at = self._file.tell()
        for part in parts:
            checksum.update(part)
            self._file.write(part)
        assert self._file.tell() == at + size
        after = checksum.digest()
        self._file.write(after)
        self.blocks.append(Block(name, at, size, self._last, after))
        self._last = after


def _checksum(before: bytes, header: bytes) -> blake2b:
    checksum = blake2b(before, digest_size=CHECKSUM)
    checksum.update(header)
    return checksum


class Reader:
    """A checkpoint that was found good; it stays open, whatever becomes of its name."""

    def __init__(self, path: Path, blocks: list[Block] | None = None) -> None:
        """Open a file; look through all of it unless its `blocks` are known."""
        self.path = path
        try:
            self._file = path.open("rb")
        except FileNotFoundError:
            raise CheckpointError(
                f"{path}: no such checkpoint; memcharge check leaves one when it is stopped"
            ) from None
        except OSError as error:
            raise CheckpointError(f"{path}: cannot be read ({error.strerror})") from None
        finalize(self, self._file.close)
        try:
            self.blocks = self._look() if blocks is None else blocks
        except OSError as error:
            raise CheckpointError(f"{path}: cannot be read ({error.strerror})") from None

    def _look(self) -> list[Block]:
        size = os.fstat(self._file.fileno()).st_size
        line = self._file.read(len(FIRST_LINE))
        if line != FIRST_LINE:
            self._refuse_first_line(line)
        blocks: list[Block] = []
        last = b""
        while not blocks or blocks[-1].name != END:
            block = self._next(last, size)
            blocks.append(block)
            last = block.after
        if blocks[-1].size or self._file.tell() != size:
            self.damaged("goes on after its end")
        return blocks

    def _refuse_first_line(self, line: bytes) -> NoReturn:
        if line.startswith(ANY_VERSION) and re.fullmatch(rb"[0-9]+\n?.*", line[21:], re.DOTALL):
            if len(line) == len(FIRST_LINE):
                raise CheckpointError(
                    f"{self.path}: a checkpoint in a format of another version; {REMEDY}"
                )
            self.damaged("is cut short")
        raise CheckpointError(f"{self.path}: no checkpoint of memcharge; {REMEDY}")

    def _next(self, last: bytes, size: int) -> Block:
        header = self._file.read(HEADER.size)
        if len(header) < HEADER.size:
            self.damaged("is cut short")
        name, length = HEADER.unpack(header)
        at = self._file.tell()
        if length > size - at - CHECKSUM:
            self.damaged("is cut short, or a length in it is wrong")
        checksum = _checksum(last, header)
        for piece in self._from_here(length):
            checksum.update(piece)
        after = checksum.digest()
        if self._file.read(CHECKSUM) != after:
            self.damaged("has a wrong checksum")
        return Block(name.rstrip(b"\0").decode("ascii"), at, length, last, after)

    def _from_here(self, length: int) -> Iterator[bytes]:
        while length:
            piece = self._file.read(min(length, PIECE))
            if not piece:
                self.damaged("is cut short")
            length -= len(piece)
            yield piece

    def damaged(self, how: str) -> NoReturn:
        """Refuse the file."""
        raise CheckpointError(f"{self.path}: damaged: it {how}; {REMEDY}")

    def pieces(self, block: Block) -> Iterator[bytes]:
        """The bytes of a block, piece by piece; CheckpointError behind the last if they changed."""
        checksum = _checksum(block.before, HEADER.pack(block.name.encode(), block.size))
        self._file.seek(block.at)
        left = block.size
        while left:
            piece = self._file.read(min(left, PIECE))
            if not piece:
                break
            left -= len(piece)
            checksum.update(piece)
            yield piece
        if checksum.digest() != block.after:
            self.damaged("changed while it was read")

    def read(self, block: Block) -> bytes:
        """All bytes of a block."""
        return b"".join(self.pieces(block))


def write(path: Path, fill: Callable[[Writer], None]) -> Reader:
    """Write a checkpoint aside, then rename it: whoever reads finds the old one or the new.

    Returns the new one, open.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        _clear(path)
        with aside.open("wb") as file:
            writer = Writer(file)
            fill(writer)
            writer.block(END, 0, ())
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be written ({error.strerror})") from None
    finally:
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)
    return Reader(path, writer.blocks)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _clear(path: Path) -> None:
    """Remove what processes left that were killed while they wrote here."""
    for left in path.parent.glob(f".{path.name}.*"):
        number = left.name.rpartition(".")[2]
        if number.isdecimal() and not _alive(int(number)):
            left.unlink(missing_ok=True)


def _alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True
