# SPDX-License-Identifier: GPL-2.0-only
"""Read a patch module and make sure, before it runs, that it only defines things."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

SHAPE = "a patch is a docstring, BASE, PROVENANCE, numbers and functions"


class EditionError(Exception):
    """An edition cannot be loaded: what is wrong and where, why, and the remedy."""

    def __init__(
        self, file: str, line: int | None, column: int | None, what: str, why: str, remedy: str
    ) -> None:
        place = ":".join(str(part) for part in (file, line, column) if part is not None)
        super().__init__(f"{place}: {what}; {why}; {remedy}")
        self.file = file
        self.line = line
        self.column = column
        self.what = what
        self.why = why
        self.remedy = remedy


@dataclass(frozen=True)
class Source:
    """A patch module as read: nothing of it has run yet."""

    path: Path
    code: CodeType
    docstring: str
    base: str
    base_line: int
    provenance: str
    numbers: tuple[str, ...]
    functions: tuple[str, ...]


def read_source(path: Path) -> Source:
    """Read, parse and check one file; raises EditionError."""
    text = _text(path)
    try:
        tree = ast.parse(text, str(path))
        code = compile(tree, str(path), "exec", dont_inherit=True)
    except SyntaxError as error:
        raise EditionError(
            str(path),
            error.lineno,
            error.offset,
            error.msg,
            "the file is not Python",
            "correct the syntax there",
        ) from error
    except ValueError as error:
        raise EditionError(
            str(path), None, None, str(error), "the file is not Python", "save it as plain text"
        ) from error
    strings: dict[str, tuple[str, int]] = {}
    numbers: list[str] = []
    functions: list[str] = []
    for position, statement in enumerate(tree.body):
        _sort(path, position, statement, strings, numbers, functions)
    if "BASE" not in strings:
        raise EditionError(
            str(path),
            1,
            None,
            "BASE is missing",
            "a patch says which edition it changes",
            'add a line such as BASE = "v2_6_34"',
        )
    return Source(
        path,
        code,
        ast.get_docstring(tree) or "",
        *strings["BASE"],
        strings.get("PROVENANCE", ("", 0))[0],
        tuple(numbers),
        tuple(dict.fromkeys(functions)),
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        why, remedy = "there is no such file", "check the path"
        raise EditionError(str(path), None, None, "cannot be read", why, remedy) from error
    except IsADirectoryError as error:
        why, remedy = "it is a directory", "give the path of the .py file in it"
        raise EditionError(str(path), None, None, "cannot be read", why, remedy) from error
    except UnicodeDecodeError as error:
        why, remedy = f"it is not UTF-8 (byte {error.start})", "save it as UTF-8"
        raise EditionError(str(path), None, None, "cannot be read", why, remedy) from error
    except OSError as error:
        why = error.strerror or str(error)
        raise EditionError(
            str(path), None, None, "cannot be read", why, "check its permissions"
        ) from error


def _sort(
    path: Path,
    position: int,
    statement: ast.stmt,
    strings: dict[str, tuple[str, int]],
    numbers: list[str],
    functions: list[str],
) -> None:
    """Note what one top-level statement defines; anything that does more is refused."""
    match statement:
        case ast.Expr(value=ast.Constant(value=str())) if position == 0:
            return
        case ast.Import() | ast.ImportFrom():
            return
        case ast.If(test=test, body=body, orelse=[]) if _is_type_checking(test):
            if all(isinstance(inner, ast.Import | ast.ImportFrom) for inner in body):
                return
        case ast.FunctionDef(name=name):
            _plain_function(path, statement)
            functions.append(name)
            return
        case (
            ast.Assign(targets=[ast.Name(id=name)], value=value)
            | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
        ):
            if _note(path, name, value, strings, numbers):
                return
    raise EditionError(
        str(path),
        statement.lineno,
        statement.col_offset + 1,
        f"{type(statement).__name__} at the top level",
        SHAPE,
        "move this into a function, or take it out",
    )


def _is_type_checking(test: ast.expr) -> bool:
    return isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"


def _plain_function(path: Path, function: ast.FunctionDef) -> None:
    """Decorators and default values would run when the file is loaded."""
    arguments = function.args
    runs = [*function.decorator_list, *arguments.defaults]
    runs += [default for default in arguments.kw_defaults if default is not None]
    if runs:
        raise EditionError(
            str(path),
            runs[0].lineno,
            runs[0].col_offset + 1,
            f"{function.name} has a decorator or a default value",
            "kernel functions have neither",
            "take it out",
        )


def _note(
    path: Path,
    name: str,
    value: ast.expr,
    strings: dict[str, tuple[str, int]],
    numbers: list[str],
) -> bool:
    """Note a constant; false if the value is none."""
    if name in ("BASE", "PROVENANCE"):
        try:
            constant = ast.literal_eval(value)
        except ValueError:
            constant = None
        if not isinstance(constant, str):
            raise EditionError(
                str(path),
                value.lineno,
                value.col_offset + 1,
                f"{name} is not a string",
                f"{name} is read before the file runs",
                f'write it out, as in {name} = "..."',
            )
        strings[name] = (constant, value.lineno)
        return True
    try:
        constant = ast.literal_eval(value)
    except ValueError:
        return False
    if type(constant) is int:
        numbers.append(name)
        return True
    return False
