# SPDX-License-Identifier: GPL-2.0-only
"""From a machine's objects to the layout of an explored state."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any

from memcharge.ir.layout import FieldInfo, Key, Layout
from memcharge.kernel.struct import Array, Embedded, Field, Int, Machine, Part, Ref, Struct


@dataclass(slots=True)
class Shape:
    """The layout, and what the compiler needs beside it.

    `inner` names the struct that lies at a dotted path, `parts` the one that lies
    there as an object of its own; `numbers` are the objects' numbers by identity.
    What is compiled for machines of the same `fingerprint` is the same.
    """

    layout: Layout
    inner: dict[Key, str] = field(default_factory=dict)
    parts: dict[Key, str] = field(default_factory=dict)
    numbers: dict[int, int] = field(default_factory=dict)
    fingerprint: Hashable = None

    def number(self, obj: Struct | None) -> int:
        """An object's number in its pool, from 1; 0 for None."""
        return 0 if obj is None else self.numbers[id(obj)]


def shape_of(machine: Machine) -> Shape:
    """Lay out every pool of the machine, and structs that pointers could name."""
    structs = {name: type(pool[0]) for name, pool in machine.pools.items()}
    shape = Shape(Layout({}, {}, {}))
    for pool in machine.pools.values():
        for number, obj in enumerate(pool, 1):
            shape.numbers[id(obj)] = number
    waiting = list(structs)
    while waiting:
        name = waiting.pop()
        pool = machine.pools.get(name, [])
        shape.layout.pools[name] = tuple(obj.name for obj in pool)
        for key, declared, path in _leaves(shape, name, structs[name], {}, ()):
            info = _info(key, declared)
            shape.layout.fields[key] = info
            shape.layout.start[key] = tuple(_values(shape, obj, path) for obj in pool)
            if info.target is not None and info.target not in structs:
                structs[info.target] = Struct.known[info.target]
                waiting.append(info.target)
    layout = shape.layout
    shape.fingerprint = (
        tuple((name, len(pool)) for name, pool in layout.pools.items()),
        tuple(layout.fields.values()),
        tuple(shape.inner.items()),
        tuple(shape.parts.items()),
        tuple((key, layout.start[key]) for key in sorted(layout.links)),
    )
    return shape


def _leaves(
    shape: Shape,
    outer: str,
    struct: type[Struct],
    overrides: dict[str, Field],
    path: tuple[str, ...],
) -> Iterator[tuple[Key, Field, tuple[str, ...]]]:
    for name, plain in struct.fields.items():
        declared = overrides.get(name, plain)
        here = (*path, name)
        key = (outer, ".".join(here))
        if isinstance(declared, Embedded):
            shape.inner[key] = declared.struct.__name__
            yield from _leaves(shape, outer, declared.struct, dict(declared.overrides), here)
        else:
            if isinstance(declared, Part) or (isinstance(declared, Ref | Int) and declared.fixed):
                shape.layout.links.add(key)
            if isinstance(declared, Part):
                shape.parts[key] = declared.struct.__name__
            yield key, declared, here


def _info(key: Key, declared: Field) -> FieldInfo:
    struct, name = key
    match declared:
        case Int():
            return FieldInfo(struct, name, declared.lowest, declared.highest)
        case Ref(target=target):
            return FieldInfo(struct, name, 0, 255, target)
        case Part(struct=inner):
            return FieldInfo(struct, name, 0, 255, inner.__name__)
        case Array(length=length, element=element, labels=labels):
            one = _info(key, element)
            return FieldInfo(struct, name, one.lowest, one.highest, one.target, length, labels)
    raise TypeError(f"{struct}.{name} is declared as {declared!r}")


def _values(shape: Shape, obj: Struct, path: tuple[str, ...]) -> tuple[int, ...]:
    value: Any = obj
    for name in path:
        value = value.__dict__[name]
    elements = value if isinstance(value, list) else [value]
    return tuple(
        shape.number(element) if element is None or isinstance(element, Struct) else int(element)
        for element in elements
    )
