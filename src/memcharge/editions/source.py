# SPDX-License-Identifier: GPL-2.0-only
"""Read a patch module and make sure, before it runs, that it only defines things."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType

from memcharge.editions.declared import EXAMPLE, Declarations, Declared
from memcharge.editions.errors import EditionError, refused

PATCH_SHAPE = "a patch is a docstring, BASE, PROVENANCE, REMOVED, numbers and functions"
PROTOCOL_SHAPE = (
    "a protocol is a docstring, imports of memcharge.kernel, PROVENANCE, numbers, structs, "
    'names of objects as in lock = the("lock", Lock), functions, SCENARIOS, ALWAYS and AT_END'
)


@dataclass(frozen=True)
class Source:
    """A patch or a protocol as read: nothing of it has run yet.

    A patch has a `base`, a protocol of its own what it has `declared`.
    """

    path: Path
    code: CodeType
    docstring: str
    base: str
    base_line: int
    provenance: str
    numbers: tuple[str, ...]
    functions: tuple[str, ...]
    declared: Declared | None
    removed: tuple[str, ...] = ()
    removed_line: int = 0


@dataclass
class _Found:
    """What the statements so far define."""

    strings: dict[str, tuple[str, int]] = field(default_factory=dict)
    numbers: list[str] = field(default_factory=list)
    functions: dict[str, ast.FunctionDef] = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    removed_line: int = 0


def read_source(path: Path) -> Source:
    """Read, parse and check one file; raises EditionError."""
    text = _text(path)
    tree, code = _parsed(path, text)
    assigned = _assigned(tree)
    own = "SCENARIOS" in assigned and "BASE" not in assigned
    if not own and "BASE" not in assigned:
        raise EditionError(
            str(path),
            1,
            None,
            "BASE is missing",
            "a patch says which edition it changes, a protocol of its own who runs in it",
            f'add a line such as BASE = "v2_6_34", or {EXAMPLE}',
        )
    declarations = Declarations(path) if own else None
    found = _Found()
    for position, statement in enumerate(tree.body):
        _sort(path, position, statement, found, declarations)
    return Source(
        path,
        code,
        ast.get_docstring(tree) or "",
        *found.strings.get("BASE", ("", 0)),
        found.strings.get("PROVENANCE", ("", 0))[0],
        tuple(found.numbers),
        tuple(found.functions),
        declarations.declared(found.functions) if declarations else None,
        found.removed,
        found.removed_line,
    )


def _assigned(tree: ast.Module) -> set[str]:
    """The names that the top level gives values to."""
    found: set[str] = set()
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=targets):
                found.update(one.id for one in targets if isinstance(one, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                found.add(name)
    return found


def _parsed(path: Path, text: str) -> tuple[ast.Module, CodeType]:
    try:
        tree = ast.parse(text, str(path))
        return tree, compile(tree, str(path), "exec", dont_inherit=True)
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
    found: _Found,
    declarations: Declarations | None,
) -> None:
    """Note what one top-level statement defines; anything that does more is refused."""
    if declarations is not None and declarations.take(statement):
        return
    match statement:
        case ast.Expr(value=ast.Constant(value=str())) if position == 0:
            return
        case ast.Import() | ast.ImportFrom() if declarations is None:
            return
        case ast.If(test=test, body=body, orelse=[]) if _is_type_checking(test):
            if all(isinstance(inner, ast.Import | ast.ImportFrom) for inner in body):
                return
        case ast.FunctionDef(name=name):
            _plain_function(path, statement)
            found.functions[name] = statement
            return
        case (
            ast.Assign(targets=[ast.Name(id=name)], value=value)
            | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
        ):
            if _note(path, name, value, found):
                return
    raise refused(
        path,
        statement,
        f"{type(statement).__name__} at the top level",
        PATCH_SHAPE if declarations is None else PROTOCOL_SHAPE,
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
        raise refused(
            path,
            runs[0],
            f"{function.name} has a decorator or a default value",
            "kernel functions have neither",
            "take it out",
        )


def _note(path: Path, name: str, value: ast.expr, found: _Found) -> bool:
    """Note a constant; false if the value is none."""
    try:
        constant = ast.literal_eval(value)
    except ValueError:
        constant = None
    if name in ("BASE", "PROVENANCE"):
        if not isinstance(constant, str):
            raise refused(
                path,
                value,
                f"{name} is not a string",
                f"{name} is read before the file runs",
                f'write it out, as in {name} = "..."',
            )
        found.strings[name] = (constant, value.lineno)
        return True
    if name == "REMOVED":
        if not isinstance(constant, tuple) or not all(isinstance(one, str) for one in constant):
            raise refused(
                path,
                value,
                "REMOVED is no list of names",
                "it holds names of functions of the base, in quotes",
                'write it out, as in REMOVED = ("mem_cgroup_end_migration",)',
            )
        found.removed, found.removed_line = constant, value.lineno
        return True
    if type(constant) is int:
        found.numbers.append(name)
        return True
    return False
