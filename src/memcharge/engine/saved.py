# SPDX-License-Identifier: GPL-2.0-only
"""A search that has stopped, as it goes to a checkpoint and comes from there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from memcharge.engine.checkpoint import PIECE, Block, Buffer, CheckpointError, Reader, Writer

Parts = tuple[int, Callable[[], Iterable[Buffer]]]
HEAD = "search"  # the block that begins a search; its arrays follow


@dataclass(frozen=True, slots=True)
class Saved:
    """What a search goes on from: figures, and arrays as (bytes, their parts).

    The parts are made when they are written, so nothing is held twice.
    """

    engine: str
    figures: dict[str, Any]
    arrays: dict[str, Parts]


def pieces(whole: memoryview) -> Iterator[Buffer]:
    """A long array in parts, so that ^C is heard between them."""
    for at in range(0, len(whole), PIECE):
        yield whole[at : at + PIECE]


class Kept:
    """A search in a checkpoint: its figures at once, its arrays when they are asked for."""

    def __init__(self, reader: Reader, head: Block, arrays: dict[str, Block]) -> None:
        self._reader = reader
        self._head = head
        self._arrays = arrays
        self.about: dict[str, Any] = json.loads(reader.read(head))

    @property
    def engine(self) -> str:
        return str(self.about["engine"])

    @property
    def figures(self) -> dict[str, Any]:
        figures: dict[str, Any] = self.about["figures"]
        return figures

    def read(self, name: str, size: int) -> bytes:
        """An array of so many bytes."""
        return b"".join(self.pieces(name, size))

    def pieces(self, name: str, size: int) -> Iterator[bytes]:
        """An array of so many bytes, piece by piece."""
        block = self._arrays.get(name)
        if block is None or block.size != size:
            self._reader.damaged(f"holds no array {name!r} of {size} bytes")
        return self._reader.pieces(block)

    def too_large(self, needed: int, room: int, what: str) -> CheckpointError:
        """What to raise if its states need more memory than there may be."""
        return CheckpointError(
            f"{self._reader.path}: its {self.figures['count']:,} states need about "
            f"{(needed >> 20) + 1} MiB, {what} is {room >> 20} MiB; give more with --max-memory"
        )

    def copy(self, writer: Writer) -> None:
        """Write it to another checkpoint as it is."""
        for block in (self._head, *self._arrays.values()):
            writer.block(block.name, block.size, self._reader.pieces(block))


class Keeper(Protocol):
    """What a search asks while it runs: where to begin, and whether to save itself.

    `leave` says that another engine begins anew, so what this one kept is of no use.
    """

    @property
    def resumed(self) -> Kept | None: ...
    def due(self) -> bool: ...
    def keep(self, saved: Saved) -> None: ...
    def leave(self, engine: str) -> None: ...


def put(writer: Writer, about: dict[str, Any], saved: Saved) -> None:
    """Write a search; `about` says which."""
    head = json.dumps({**about, "engine": saved.engine, "figures": saved.figures}).encode()
    writer.block(HEAD, len(head), [head])
    for name, (size, parts) in saved.arrays.items():
        writer.block(name, size, parts())


def searches(reader: Reader) -> Iterator[Kept]:
    """All searches of a checkpoint."""
    head: Block | None = None
    arrays: dict[str, Block] = {}
    for block in [*reader.blocks]:
        if block.name == HEAD or block is reader.blocks[-1]:
            if head is not None:
                yield Kept(reader, head, arrays)
            head, arrays = block, {}
        elif head is not None:
            arrays[block.name] = block
