# SPDX-License-Identifier: GPL-2.0-only
"""Structs of bounded fields, and the machine that holds the objects.

An edition uses these as ordinary Python objects.  `memcharge.lang` reads the
same declarations to lay the fields out in an explored state, so every field
says how wide it is and a value that does not fit is an error at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar, cast

T = TypeVar("T", bound="Struct")


@dataclass(frozen=True, slots=True)
class Int:
    """A whole number of `bits` bits, signed or not."""

    bits: int
    signed: bool
    start: int

    @property
    def lowest(self) -> int:
        return -(1 << (self.bits - 1)) if self.signed else 0

    @property
    def highest(self) -> int:
        return (1 << (self.bits - (1 if self.signed else 0))) - 1


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

    struct: type[Struct]


@dataclass(frozen=True, slots=True)
class Embedded:
    """A struct that lies inside another, as a spinlock lies inside a mapping."""

    struct: type[Struct]
    overrides: tuple[tuple[str, Field], ...]


@dataclass(frozen=True, slots=True)
class Array:
    """`length` elements, each an `Int` or a `Ref`; `labels` name them in traces."""

    length: int
    element: Int | Ref
    labels: tuple[str, ...] = ()


Field = Int | Ref | Part | Embedded | Array


def uint(bits: int, start: int = 0) -> Any:
    """Declare an unsigned field of `bits` bits."""
    return Int(bits, False, start)


def sint(bits: int, start: int = 0) -> Any:
    """Declare a signed field of `bits` bits."""
    return Int(bits, True, start)


def flag() -> Any:
    """Declare a one-bit field that reads and writes as a bool."""
    return Int(1, False, 0)


def ref(target: str) -> Any:
    """Declare a pointer to a struct, by the struct's name; it starts as None."""
    return Ref(target)


def link(target: str) -> Any:
    """Declare a pointer that the start state sets for good, as from a page to its page_cgroup."""
    return Ref(target, fixed=True)


def part(struct: type[Struct]) -> Any:
    """Declare a struct inside this one that pointers may point to; made with its owner."""
    return Part(struct)


def embed(struct: type[Struct], **overrides: Any) -> Any:
    """Declare a struct inside this one; `overrides` replace its field declarations."""
    return Embedded(struct, tuple(sorted(overrides.items())))


def array(length: int, element: Any, *labels: str) -> Any:
    """Declare a fixed array of `uint`, `sint` or `ref` elements; `labels` name them in traces."""
    return Array(length, element, labels)


class WidthError(ValueError):
    """A value does not fit the declared width of its field."""


def checked(owner: str, name: str, declared: Field, value: Any) -> Any:
    """Return `value` if the declaration admits it; raise WidthError or TypeError if not."""
    if isinstance(declared, Int):
        if not declared.lowest <= int(value) <= declared.highest:
            raise WidthError(
                f"{owner}.{name}: {int(value)} does not fit {declared.bits} bits "
                f"({declared.lowest}..{declared.highest})"
            )
    elif isinstance(declared, Ref):
        if value is not None and type(value).__name__ != declared.target:
            raise TypeError(f"{owner}.{name}: a {declared.target} or None, not {value!r}")
    return value


class FixedArray(list[Any]):
    """The value of an `Array` field: a list that keeps its length and its width."""

    def __init__(self, owner: str, name: str, declared: Array) -> None:
        start = declared.element.start if isinstance(declared.element, Int) else None
        super().__init__([start] * declared.length)
        self._where = (owner, name, declared)

    def __setitem__(self, index: Any, value: Any) -> None:
        owner, name, declared = self._where
        super().__setitem__(index, checked(owner, f"{name}[{index}]", declared.element, value))


class Struct:
    """Base of every modelled struct.

    A subclass declares its fields with `uint`, `sint`, `flag`, `ref`, `embed`
    and `array`; an object is made inside ``with machine:`` and stays in that
    machine's pool.  Raises AttributeError for an undeclared field, WidthError
    for a value too wide, KernelBug for an access after `kfree`.
    """

    fields: ClassVar[dict[str, Field]] = {}
    known: ClassVar[dict[str, type[Struct]]] = {}
    name: str
    _freed: bool
    _embedded: bool

    def __init_subclass__(cls) -> None:
        declared = dict(cls.fields)
        for name, value in list(vars(cls).items()):
            if isinstance(value, Field):
                declared[name] = value
                delattr(cls, name)
        cls.fields = declared
        Struct.known[cls.__name__] = cls

    def __init__(self, name: str | None = None, **values: Any) -> None:
        machine = Machine.current()
        pool = machine.pools.setdefault(type(self).__name__, [])
        pool.append(self)
        self._build(name or f"{type(self).__name__.lower()}{len(pool) - 1}", {})
        for field, value in values.items():
            setattr(self, field, value)

    def _build(self, name: str, overrides: dict[str, Field]) -> None:
        self.__dict__.update(name=name, _freed=False, _embedded=bool(overrides))
        for field, plain in self.fields.items():
            declared = overrides.get(field, plain)
            if isinstance(declared, Embedded):
                inner = declared.struct.__new__(declared.struct)
                inner._build(f"{name}.{field}", dict(declared.overrides))
                self.__dict__[field] = inner
            elif isinstance(declared, Part):
                self.__dict__[field] = declared.struct(f"{name}.{field}")
            elif isinstance(declared, Array):
                self.__dict__[field] = FixedArray(name, field, declared)
            else:
                self.__dict__[field] = declared.start if isinstance(declared, Int) else None
        self.__dict__["_declared"] = {**self.fields, **overrides}

    def __setattr__(self, field: str, value: Any) -> None:
        declared = self.__dict__["_declared"].get(field)
        if declared is None or isinstance(declared, Embedded | Part | Array):
            raise AttributeError(f"{type(self).__name__} has no field {field!r} to assign")
        if self._freed:
            from memcharge.kernel.flow import KernelBug

            raise KernelBug("use_after_free", f"{self.name}.{field}")
        self.__dict__[field] = checked(self.name, field, declared, value)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"


class Machine:
    """The objects of one start state: a pool a struct, and the kernel's globals by name.

    ``with machine:`` makes it the one in which objects are created and in
    which `current`, `swapper_space` and the other globals are looked up.
    """

    _stack: ClassVar[list[Machine]] = []

    def __init__(self) -> None:
        self.pools: dict[str, list[Struct]] = {}
        self.globals: dict[str, Struct] = {}
        self.warnings: list[str] = []
        self.choices: list[int] = []

    def __enter__(self) -> Machine:
        Machine._stack.append(self)
        return self

    def __exit__(self, *exc: object) -> None:
        Machine._stack.pop()

    @classmethod
    def current(cls) -> Machine:
        """The innermost machine entered; RuntimeError outside of one."""
        if not cls._stack:
            raise RuntimeError("no machine: create objects inside `with Machine():`")
        return cls._stack[-1]

    @contextmanager
    def running(self, task: Struct) -> Iterator[None]:
        """Make `task` the `current` task for the length of a with block."""
        before = self.globals.get("current")
        self.globals["current"] = task
        try:
            with self:
                yield
        finally:
            if before is not None:
                self.globals["current"] = before


class GlobalName:
    """A kernel global such as `current`: forwards to the current machine's object."""

    __slots__ = ("global_name", "struct")

    def __init__(self, name: str, struct: str) -> None:
        object.__setattr__(self, "global_name", name)
        object.__setattr__(self, "struct", struct)

    def __getattr__(self, field: str) -> Any:
        return getattr(Machine.current().globals[self.global_name], field)

    def __setattr__(self, field: str, value: Any) -> None:
        setattr(Machine.current().globals[self.global_name], field, value)


def the(name: str, struct: type[T]) -> T:
    """Name a global object; each machine supplies its own under `name`."""
    return cast(T, GlobalName(name, struct.__name__))


def each(struct: type[T]) -> list[T]:
    """All objects of one struct, in the order in which they were made."""
    return cast("list[T]", Machine.current().pools.get(struct.__name__, []))


def index_of(obj: Struct) -> int:
    """The number of an object within its pool, from 1; as a page frame number is."""
    return Machine.current().pools[type(obj).__name__].index(obj) + 1


def object_at(struct: type[T], index: int) -> T:
    """The object of that number; the inverse of `index_of`."""
    return each(struct)[index - 1]
