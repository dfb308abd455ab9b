# SPDX-License-Identifier: GPL-2.0-only
"""LLVM text under construction: lines, labels, fresh names, constant tables."""

from __future__ import annotations


class Text:
    """Lines of LLVM assembly; values get numbers as names."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.tables: dict[tuple[int, ...], str] = {}
        self._count = 0

    def line(self, text: str) -> None:
        self.lines.append(text)

    def label(self, name: str) -> None:
        self.lines.append(f"{name}:")

    def name(self, stem: str) -> str:
        """A name that nothing else has."""
        self._count += 1
        return f"{stem}.{self._count}"

    def value(self, instruction: str) -> str:
        """Write an instruction; the name of its result."""
        self._count += 1
        self.lines.append(f"%t{self._count} = {instruction}")
        return f"%t{self._count}"

    def branch(self, condition: str, yes: str, no: str) -> None:
        self.lines.append(f"br i1 {condition}, label %{yes}, label %{no}")

    def table(self, values: tuple[int, ...]) -> str:
        """The name of a constant array of 64-bit numbers."""
        return self.tables.setdefault(values, f"@table{len(self.tables)}")

    def whole(self) -> str:
        """Everything, the tables first."""
        head = [
            f"{name} = private constant [{len(values)} x i64] "
            f"[{', '.join(f'i64 {value}' for value in values)}]"
            for values, name in self.tables.items()
        ]
        return "\n".join([*head, *self.lines])


def signed(word: int) -> int:
    """A 64-bit pattern as LLVM writes it."""
    word &= (1 << 64) - 1
    return word - (1 << 64) if word >> 63 else word
