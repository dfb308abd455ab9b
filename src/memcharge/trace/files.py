# SPDX-License-Identifier: GPL-2.0-only
"""A record as JSON: written so that nothing is lost, read so that errors are clear.

The dataclasses of `record` drive both directions, but for one thing: a call
chain is written once for a witness, and accesses name its last call by number.
A field that this version does not know is skipped, since fields may be added
within v1.
"""

from __future__ import annotations

import contextlib
import json
import os
import types
import typing
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

from memcharge.trace.record import SCHEMA, Access, Broken, Call, Record, Step

REMEDY = "write it anew with 'memcharge check'"
_KINDS: dict[type, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
}


class RecordError(Exception):
    """A record that cannot be read or written; the message is one whole line."""


def dump(record: Record) -> str:
    """The record as JSON text."""
    return json.dumps(_data(record), separators=(",", ":")) + "\n"


def _data(value: Any) -> Any:
    """What JSON holds of a value.  Records are of many small parts, so `asdict` takes too long."""
    kind: type = type(value)
    if kind is tuple:
        return [_data(one) for one in value]
    if kind is Broken:
        return _broken(value)
    if kind is dict:
        return {key: _data(one) for key, one in value.items()}
    if kind in _KINDS or value is None:
        return value
    return {name: _data(getattr(value, name)) for name in _names(kind)}


@cache
def _names(cls: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(cls))


def _broken(broken: Broken) -> dict[str, Any]:
    """A witness; of each access's chain of calls only the number of the last one."""
    calls = _Calls()
    data: dict[str, Any] = {}
    for name in _names(Broken):
        value = getattr(broken, name)
        data[name] = [_step(one, calls) for one in value] if name == "trace" else _data(value)
    data["calls"] = calls.table
    return data


def _step(step: Step, calls: _Calls) -> dict[str, Any]:
    accesses = [_access(one, calls) for one in step.accesses]
    return {"cpu": step.cpu, "choice": step.choice, "accesses": accesses}


def _access(access: Access, calls: _Calls) -> dict[str, Any]:
    data = {name: getattr(access, name) for name in _names(Access) if name != "calls"}
    data["call"] = calls.number(access.calls)
    return data


class _Calls:
    """The calls of one witness, each written once, below the one that it is made in."""

    def __init__(self) -> None:
        self.table: list[dict[str, Any]] = []
        self._numbers: dict[tuple[int, Call], int] = {}
        self._chains: dict[int, int] = {}  # by identity: most accesses share a chain

    def number(self, chain: tuple[Call, ...]) -> int:
        """The number of a chain's last call, -1 if there is none."""
        last = self._chains.get(id(chain))
        if last is None:
            last = -1
            for call in chain:
                last = self._below(last, call)
            self._chains[id(chain)] = last
        return last

    def _below(self, parent: int, call: Call) -> int:
        key = (parent, call)
        if key not in self._numbers:
            self._numbers[key] = len(self.table)
            self.table.append({"parent": parent, **_data(call)})
        return self._numbers[key]


def load(text: str, name: str = "record") -> Record:
    """The record that JSON text holds; `name` is what errors call it."""
    try:
        data = json.loads(text)
    except ValueError as error:
        raise RecordError(f"{name}: not JSON ({error}); {REMEDY}") from None
    if not isinstance(data, dict):
        raise RecordError(f"{name}: holds no JSON object; {REMEDY}")
    if data.get("schema") != SCHEMA:
        found = data.get("schema", "none")
        raise RecordError(f"{name}: schema is {found!s:.40}, expected {SCHEMA}; {REMEDY}")
    try:
        for broken in _each_broken(data):
            _unfold_calls(broken)
        return typing.cast(Record, _object(Record, data, ""))
    except _Misfit as misfit:
        raise RecordError(f"{name}: {misfit}; {REMEDY}") from None


def read(path: str | os.PathLike[str]) -> Record:
    """The record in a file."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise RecordError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise RecordError(f"{path}: not JSON (not UTF-8 text); {REMEDY}") from None
    return load(text, str(path))


def write(path: str | os.PathLike[str], text: str) -> None:
    """Write a record's text beside `path`, then rename: a reader sees the old file or the new."""
    target = Path(path)
    aside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with aside.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(target)
    except OSError as error:
        raise RecordError(f"{path}: cannot be written ({error.strerror})") from None
    finally:
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)


def _each_broken(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every witness of a record's JSON that has the shape of one."""
    for run in data.get("runs") or ():
        for result in run.get("results", ()) if isinstance(run, dict) else ():
            for broken in result.get("broken", ()) if isinstance(result, dict) else ():
                if isinstance(broken, dict):
                    yield broken


def _accesses(broken: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for step in broken.get("trace", ()):
        yield from step["accesses"]


def _unfold_calls(broken: dict[str, Any]) -> None:
    """Give each access its chain of calls back; _Misfit if a number leads nowhere."""
    table = broken.pop("calls", [])
    try:
        for access in _accesses(broken):
            chain: list[dict[str, Any]] = []
            number = access.pop("call")
            while number >= 0:
                call = dict(table[number])
                above = call.pop("parent")
                chain.append(call)
                number = above if above < number else -1
            access["calls"] = chain[::-1]
    except (TypeError, KeyError, IndexError, AttributeError):
        raise _Misfit("a witness's calls or trace are damaged") from None


class _Misfit(Exception):
    """What is wrong at which place of the JSON."""


@cache
def _shape(cls: type) -> tuple[tuple[Field[object], object], ...]:
    hints = typing.get_type_hints(cls)
    return tuple((field, hints[field.name]) for field in fields(cls))


def _object(cls: type, data: object, place: str) -> object:
    if not isinstance(data, dict):
        raise _Misfit(f"{place or 'the record'} is not an object")
    values = {}
    for field, hint in _shape(cls):
        where = f"{place}.{field.name}" if place else field.name
        if field.name in data:
            values[field.name] = _value(hint, data[field.name], where)
        elif field.default is MISSING and field.default_factory is MISSING:
            raise _Misfit(f"{where} is missing")
    return cls(**values)


def _value(hint: object, data: object, place: str) -> object:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        return None if data is None else _value(args[0], data, place)
    if origin is tuple:
        if not isinstance(data, list):
            raise _Misfit(f"{place} is not a list")
        return tuple(_value(args[0], item, f"{place}[{i}]") for i, item in enumerate(data))
    if origin is dict:
        if not isinstance(data, dict):
            raise _Misfit(f"{place} is not an object")
        return {key: _value(args[1], item, f"{place}.{key}") for key, item in data.items()}
    if is_dataclass(hint):
        return _object(typing.cast(type, hint), data, place)
    return _plain(typing.cast(type, hint), data, place)


def _plain(kind: type, data: object, place: str) -> object:
    if kind is float and type(data) is int:
        return float(data)
    if type(data) is not kind:
        raise _Misfit(f"{place} is not {_KINDS[kind]}")
    return data
