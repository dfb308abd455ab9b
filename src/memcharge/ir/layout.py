# SPDX-License-Identifier: GPL-2.0-only
"""Where each field of each object lies, and its value in the start state."""

from __future__ import annotations

from dataclasses import dataclass, field

Key = tuple[str, str]
FREED = "(freed)"  # in place of a field's name: whether an object was freed


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """One field of one struct, as declared: its range, or the struct it points to.

    `length` is None for a plain field; `labels` name an array's elements.
    """

    struct: str
    field: str
    lowest: int
    highest: int
    target: str | None = None
    length: int | None = None
    labels: tuple[str, ...] = ()

    @property
    def key(self) -> Key:
        return (self.struct, self.field)


@dataclass(slots=True)
class Layout:
    """The pools (object names, in order of number) and every field's start values.

    `start[key][n]` holds the elements of object n + 1; a plain field has one.
    `links` are the pointers that the start state sets for good; `constant` are
    the fields that passes took out of the state, `sliced` those of them that
    nothing depends on; objects of `freeable` structs can be freed.
    """

    pools: dict[str, tuple[str, ...]]
    fields: dict[Key, FieldInfo]
    start: dict[Key, tuple[tuple[int, ...], ...]]
    links: set[Key] = field(default_factory=set)
    freeable: set[str] = field(default_factory=set)
    constant: set[Key] = field(default_factory=set)
    sliced: set[Key] = field(default_factory=set)

    def place_name(self, key: Key, obj: int, index: int | None) -> str:
        """A place as traces print it: `memcg.stat.count[FILE_MAPPED]`."""
        info = self.fields[key]
        owner = self.pools[key[0]][obj - 1] if obj else "NULL"
        name = f"{owner}.{key[1]}"
        if info.length is None or index is None:
            return name
        label = info.labels[index] if index < len(info.labels) else str(index)
        return f"{name}[{label}]"

    def value_name(self, key: Key, value: int) -> str:
        """A value as traces print it: a number, or the name of an object."""
        target = self.fields[key].target
        if target is None:
            return str(value)
        return self.pools[target][value - 1] if value else "NULL"
