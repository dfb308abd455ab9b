# SPDX-License-Identifier: GPL-2.0-only
"""Structs of bounded fields, and the machine that holds the objects.

An edition uses these as ordinary Python objects.  `memcharge.lang` reads the
same declarations to lay the fields out in an explored state, so every field
says how wide it is and a value that does not fit is an error at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, Self, TypeVar, cast

from memcharge.kernel.bug import KernelBug
from memcharge.kernel.fields import (
    Array,
    Embedded,
    Field,
    Int,
    Part,
    Ref,
    WidthError,
    array,
    embed,
    flag,
    link,
    part,
    ref,
    sint,
    switch,
    uint,
)

__all__ = [
    "Array",
    "Embedded",
    "Field",
    "FixedArray",
    "GlobalName",
    "Int",
    "Machine",
    "Part",
    "Ref",
    "Struct",
    "WidthError",
    "array",
    "each",
    "embed",
    "flag",
    "index_of",
    "link",
    "object_at",
    "part",
    "ref",
    "sint",
    "switch",
    "the",
    "uint",
]

T = TypeVar("T", bound="Struct")


def checked(where: str, declared: Int | Ref, value: Any) -> Any:
    """What is stored for `value` in the field called `where` in messages.

    Raises WidthError, or TypeError for a value of the wrong kind.
    """
    if isinstance(declared, Int):
        declared.check(where, value)
    elif value is not None:
        value = resolved(value)
        if type(value).__name__ != declared.target:
            raise TypeError(f"{where}: a {declared.target} or None, not {value!r}")
    return value


class FixedArray(list[Any]):
    """The value of an `Array` field, indexed as in C: from 0, never from the end.

    Raises IndexError outside of 0 .. length - 1, and WidthError or TypeError
    for an element that its declaration does not admit.
    """

    def __init__(self, where: str, declared: Array) -> None:
        start = declared.element.start if isinstance(declared.element, Int) else None
        super().__init__([start] * declared.length)
        self._where = where
        self._declared = declared

    def _element(self, index: Any) -> str:
        if not isinstance(index, int) or not 0 <= index < self._declared.length:
            raise IndexError(f"{self._where}[{index}]: it has 0..{self._declared.length - 1}")
        return f"{self._where}[{index}]"

    def __getitem__(self, index: Any) -> Any:
        self._element(index)
        return super().__getitem__(index)

    def __setitem__(self, index: Any, value: Any) -> None:
        element = self._element(index)
        super().__setitem__(index, checked(element, self._declared.element, value))


class FreedArray(FixedArray):
    """An array field of a freed object."""

    def __getitem__(self, index: Any) -> Any:
        raise KernelBug("use_after_free", self._element(index))

    def __setitem__(self, index: Any, value: Any) -> None:
        raise KernelBug("use_after_free", self._element(index))


class Freed:
    """What `kfree` mixes into an object's class, so that objects in use need no checks.

    To follow a link, or to name a struct or an array inside, is address
    arithmetic and no access; to read or write what lies there is one.
    """

    name: str
    _declared: dict[str, Field]

    def __init_subclass__(cls) -> None:
        """Leave the struct as it is known and declared."""

    def __getattribute__(self, field: str) -> Any:
        declared = object.__getattribute__(self, "_declared").get(field)
        if isinstance(declared, Int) or (isinstance(declared, Ref) and not declared.fixed):
            raise KernelBug("use_after_free", f"{self.name}.{field}")
        return object.__getattribute__(self, field)

    def __setattr__(self, field: str, value: Any) -> None:
        if field in self._declared:
            raise KernelBug("use_after_free", f"{self.name}.{field}")
        super().__setattr__(field, value)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}, freed>"


class Struct:
    """Base of every modelled struct.

    A subclass declares its fields with `uint`, `sint`, `flag`, `ref`, `link`,
    `part`, `embed` and `array`; an object is made inside ``with machine:`` and
    stays in that machine's pool.  Raises AttributeError for an undeclared
    field, WidthError for a value too wide, TypeError for one of another kind,
    KernelBug for an access after `kfree`.
    """

    fields: ClassVar[dict[str, Field]] = {}
    known: ClassVar[dict[str, type[Struct]]] = {}
    name: str
    _declared: dict[str, Field]
    _freed_class: ClassVar[type[Struct]]

    def __init_subclass__(cls) -> None:
        declared = dict(cls.fields)
        for name, value in list(vars(cls).items()):
            if isinstance(value, Field):
                if name in {"fields", "known", "name"}:
                    raise TypeError(f"{cls.__name__}: no field can be called {name!r}")
                declared[name] = value
                delattr(cls, name)
        cls.fields = declared
        cls._freed_class = cast("type[Struct]", type(cls.__name__, (Freed, cls), {}))
        Struct.known[cls.__name__] = cls

    def __init__(self, name: str | None = None, **values: Any) -> None:
        machine = Machine.current()
        pool = machine.pools.setdefault(type(self).__name__, [])
        pool.append(self)
        self._build(name or f"{type(self).__name__.lower()}{len(pool) - 1}", {})
        for field, value in values.items():
            setattr(self, field, value)

    def _build(self, name: str, overrides: dict[str, Field]) -> None:
        self.__dict__.update(name=name, _declared={**self.fields, **overrides})
        for field, declared in self._declared.items():
            if isinstance(declared, Embedded):
                inner: Struct = object.__new__(declared.struct)
                inner._build(f"{name}.{field}", dict(declared.overrides))
                self.__dict__[field] = inner
            elif isinstance(declared, Part):
                self.__dict__[field] = declared.struct(f"{name}.{field}")
            elif isinstance(declared, Array):
                self.__dict__[field] = FixedArray(f"{name}.{field}", declared)
            else:
                self.__dict__[field] = declared.start if isinstance(declared, Int) else None

    def _free(self) -> None:
        """Make every later access a finding, to what lies inside as well."""
        for field, declared in self._declared.items():
            if isinstance(declared, Embedded | Part):
                self.__dict__[field]._free()
            elif isinstance(declared, Array):
                self.__dict__[field].__class__ = FreedArray
        object.__setattr__(self, "__class__", self._freed_class)

    def __setattr__(self, field: str, value: Any) -> None:
        declared = self._declared.get(field)
        if declared is None or isinstance(declared, Embedded | Part | Array):
            raise AttributeError(f"{type(self).__name__} has no field {field!r} to assign")
        self.__dict__[field] = checked(f"{self.name}.{field}", declared, value)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"


class Machine:
    """The objects of one start state: a pool a struct, and the kernel's globals by name.

    ``with machine:`` makes it the one in which objects are created and in
    which `current`, `swapper_space` and the other globals are looked up.
    `warnings` collects what `WARN_ON` noted, oldest first; `choices` are the
    numbers that the next calls of `choose` give, first to last.
    """

    _stack: ClassVar[list[Machine]] = []

    def __init__(self) -> None:
        self.pools: dict[str, list[Struct]] = {}
        self.globals: dict[str, Struct] = {}
        self.warnings: list[str] = []
        self.choices: list[int] = []

    def __enter__(self) -> Self:
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
            if before is None:
                del self.globals["current"]
            else:
                self.globals["current"] = before


class GlobalName:
    """A kernel global such as `current`: forwards to the current machine's object.

    It can be used wherever the object can, except that Python's `is` tells
    the two apart.  Raises LookupError if the machine has no such object.
    """

    __slots__ = ("global_name", "struct")

    def __init__(self, name: str, struct: str) -> None:
        object.__setattr__(self, "global_name", name)
        object.__setattr__(self, "struct", struct)

    def __getattr__(self, field: str) -> Any:
        return getattr(resolved(self), field)

    def __setattr__(self, field: str, value: Any) -> None:
        setattr(resolved(self), field, value)

    def __repr__(self) -> str:
        return f"<{self.struct} {self.global_name}, of the machine>"


def resolved(value: Any) -> Any:
    """The object that a global's name stands for now; any other value as it is."""
    if not isinstance(value, GlobalName):
        return value
    name = value.global_name
    found = Machine.current().globals.get(name)
    if found is None:
        raise LookupError(f"no {value.struct} {name}: set machine.globals[{name!r}]")
    return found


def the(name: str, struct: type[T]) -> T:
    """Name a global object; each machine supplies its own as `globals[name]`."""
    return cast(T, GlobalName(name, struct.__name__))


def each(struct: type[T]) -> list[T]:
    """All objects of one struct, freed ones too, in the order in which they were made."""
    return cast("list[T]", Machine.current().pools.get(struct.__name__, []))


def index_of(obj: Struct) -> int:
    """The number of an object within its pool, from 1; as a page frame number is.

    Raises KernelBug for None, LookupError for an object of another machine.
    """
    if obj is None:
        raise KernelBug("null_dereference", "index_of(None)")
    found = resolved(obj)
    for number, other in enumerate(each(type(found)), 1):
        if other is found:
            return number
    raise LookupError(f"{found!r} is not in the pool of this machine")


def object_at(struct: type[T], index: int) -> T:
    """The object of that number; the inverse of `index_of`.

    Number 0 is NULL, which C would go on to follow: KernelBug.  IndexError for
    a number that no object has.
    """
    pool = each(struct)
    if index == 0:
        raise KernelBug("null_dereference", f"{struct.__name__} number 0")
    if not 0 < index <= len(pool):
        raise IndexError(f"{struct.__name__} number {index}: there are 1..{len(pool)}")
    return pool[index - 1]
