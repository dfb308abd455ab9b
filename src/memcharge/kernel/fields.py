# SPDX-License-Identifier: GPL-2.0-only
"""How a field is declared: what it holds, and how wide it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = [
    "Array",
    "Embedded",
    "Field",
    "Int",
    "Part",
    "Ref",
    "WidthError",
    "array",
    "embed",
    "flag",
    "link",
    "part",
    "ref",
    "sint",
    "switch",
    "uint",
]


WIDEST = 8  # bits of a field: it is a byte of a state


class WidthError(ValueError):
    """A field is declared too wide, or a value does not fit its declared width."""


@dataclass(frozen=True, slots=True)
class Int:
    """A whole number of 1 to 8 `bits`, signed or not, that is `start` in a new object.

    A `fixed` one is set in the start state and never again.
    """

    bits: int
    signed: bool
    start: int
    fixed: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.bits <= WIDEST:
            raise WidthError(f"a field has 1 to {WIDEST} bits, not {self.bits}")
        self.check("its start value", self.start)

    @property
    def lowest(self) -> int:
        return -(1 << (self.bits - 1)) if self.signed else 0

    @property
    def highest(self) -> int:
        return (1 << (self.bits - (1 if self.signed else 0))) - 1

    def check(self, what: str, value: object) -> None:
        """Raise TypeError if the value is no number, WidthError if it is too wide."""
        if not isinstance(value, int):
            raise TypeError(f"{what}: a number, not {value!r}")
        if not self.lowest <= value <= self.highest:
            raise WidthError(
                f"{what}: {int(value)} does not fit {self.bits} bits "
                f"({self.lowest}..{self.highest})"
            )


@dataclass(frozen=True, slots=True)
class Ref:
    """A pointer to an object of struct `target` (its name), or None.

    A `fixed` one is set in the start state and never again: following it is
    address arithmetic in C, hence no shared access.
    """

    target: str
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A struct that lies inside another and that pointers may point to."""

    struct: type[Any]


@dataclass(frozen=True, slots=True)
class Embedded:
    """A struct that lies inside another, as a spinlock lies inside a mapping."""

    struct: type[Any]
    overrides: tuple[tuple[str, Field], ...]


@dataclass(frozen=True, slots=True)
class Array:
    """`length` elements, each an `Int` or a `Ref`; `labels` name them in traces."""

    length: int
    element: Int | Ref
    labels: tuple[str, ...] = ()


Field = Int | Ref | Part | Embedded | Array


def uint(bits: int, start: int = 0) -> Any:
    """Declare an unsigned field of 1 to 8 bits; WidthError if `start` does not fit."""
    return Int(bits, False, start)


def sint(bits: int, start: int = 0) -> Any:
    """Declare a signed field of 1 to 8 bits, sign included; WidthError if `start` does not fit."""
    return Int(bits, True, start)


def flag() -> Any:
    """Declare a one-bit field that holds a truth value; it starts as False."""
    return Int(1, False, False)


def switch() -> Any:
    """Declare a truth value that the start state sets for good, as a configuration does.

    Code behind a switch that is off is not even compiled.
    """
    return Int(1, False, False, fixed=True)


def ref(target: str) -> Any:
    """Declare a pointer to a struct, by the struct's name; it starts as None."""
    return Ref(target)


def link(target: str) -> Any:
    """Declare a pointer that the start state sets for good, as from a page to its page_cgroup."""
    return Ref(target, fixed=True)


def part(struct: type[Any]) -> Any:
    """Declare a struct inside this one that pointers may point to; made with its owner."""
    return Part(struct)


def embed(struct: type[Any], **overrides: Any) -> Any:
    """Declare a struct inside this one; `overrides` replace its field declarations.

    TypeError if one of them is no field of it.
    """
    for name in overrides:
        if name not in struct.fields:
            raise TypeError(f"{struct.__name__} has no field {name!r} to declare anew")
    return Embedded(struct, tuple(sorted(overrides.items())))


def array(length: int, element: Any, *labels: str) -> Any:
    """Declare an array of `length` `uint`, `sint`, `flag` or `ref` elements.

    `labels`, one an element or none at all, name them in traces; TypeError otherwise.
    """
    if not isinstance(element, Int | Ref) or len(labels) not in {0, length}:
        raise TypeError(f"array of {length}: {element!r} with {len(labels)} labels")
    return Array(length, element, labels)
