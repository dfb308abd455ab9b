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
from dataclasses import MISSING, Field, asdict, fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

from memcharge.trace.record import SCHEMA, Record

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
    data = asdict(record)
    for broken in _each_broken(data):
        _fold_calls(broken)
    return json.dumps(data, separators=(",", ":")) + "\n"


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


def _fold_calls(broken: dict[str, Any]) -> None:
    """Replace each access's chain of calls by a number in one table."""
    numbers: dict[tuple[Any, ...], int] = {}
    table: list[dict[str, Any]] = []
    for access in _accesses(broken):
        parent = -1
        for call in access.pop("calls"):
            key = (parent, *call.values())
            if key not in numbers:
                numbers[key] = len(table)
                table.append({"parent": parent, **call})
            parent = numbers[key]
        access["call"] = parent
    broken["calls"] = table


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
