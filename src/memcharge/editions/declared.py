# SPDX-License-Identifier: GPL-2.0-only
"""What a protocol of its own declares: structs, names of objects, scenarios, properties.

All of it is read from the text before anything runs, so that what follows the
declarations can be told by its line.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import memcharge.kernel
from memcharge.editions.errors import EditionError, refused

TABLES = ("ALWAYS", "AT_END")
DECLARERS = ("uint", "sint", "flag", "ref", "link", "part", "embed", "array")
EXAMPLE = 'SCENARIOS = {"two_cpus": ("take(lock)", "take(lock)")}'


@dataclass(frozen=True, slots=True)
class Call:
    """What one actor does, `text` as written: a function, and objects by name or numbers."""

    text: str
    function: str
    arguments: tuple[str | int | None, ...]
    line: int


@dataclass(frozen=True)
class Declared:
    """The declarations of one file.

    `structs` are the names of its structs, `objects` those of the objects that
    functions refer to; `always` and `at_end` name the properties.
    """

    path: Path
    structs: tuple[str, ...]
    objects: tuple[str, ...]
    scenarios: Mapping[str, tuple[Call, ...]]
    always: tuple[str, ...]
    at_end: tuple[str, ...]


class Declarations:
    """Collects the declarations of a file, statement by statement."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.structs: list[str] = []
        self.objects: list[str] = []
        self.scenarios: dict[str, tuple[Call, ...]] = {}
        self.tables: dict[str, dict[str, ast.expr]] = {name: {} for name in TABLES}

    def take(self, statement: ast.stmt) -> bool:
        """Note what a statement declares; false if it is no declaration."""
        match statement:
            case ast.ImportFrom(module=module, level=0) if _is_vocabulary(module):
                return True
            case ast.ClassDef():
                self._struct(statement)
                return True
            case ast.Assign(targets=[ast.Name(id="SCENARIOS")], value=value):
                self._scenarios(value)
                return True
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in TABLES:
                self.tables[name] = self._names(name, value)
                return True
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Call(
                    func=ast.Name(id="the"), args=[ast.Constant(value=word), ast.Name()]
                ),
            ) if word == name:
                self.objects.append(name)
                return True
        return False

    def declared(self, functions: Mapping[str, ast.FunctionDef]) -> Declared:
        """Everything together, once the file's functions are known."""
        self._function(functions, "start", 0, None)
        for calls in self.scenarios.values():
            for call in calls:
                self._function(functions, call.function, len(call.arguments), call)
        for table in self.tables.values():
            for name, node in table.items():
                if name not in functions or functions[name].args.args:
                    raise refused(
                        self.path,
                        node,
                        f"no function {name}()",
                        "a property is a function of this file without parameters",
                        "define it, or take the name out",
                    )
        return Declared(
            self.path,
            tuple(self.structs),
            tuple(self.objects),
            self.scenarios,
            tuple(self.tables["ALWAYS"]),
            tuple(self.tables["AT_END"]),
        )

    def _function(
        self, functions: Mapping[str, ast.FunctionDef], name: str, count: int, call: Call | None
    ) -> None:
        line = call.line if call else 1
        if name not in functions:
            what = f"no function {name}()"
            why = "it makes the objects" if call is None else f"{call.text!r} calls it"
            raise EditionError(str(self.path), line, None, what, why, f"define {name}()")
        wanted = [one.arg for one in functions[name].args.args]
        if len(wanted) != count:
            what = f"{count} arguments for {name}()"
            why = f"it takes {len(wanted)}" + (f": {', '.join(wanted)}" if wanted else "")
            raise EditionError(str(self.path), line, None, what, why, "make the two agree")

    def _struct(self, node: ast.ClassDef) -> None:
        """A struct: its name, its only base Struct, and nothing but fields."""
        bases = [base.id for base in node.bases if isinstance(base, ast.Name)]
        if bases != ["Struct"] or node.keywords or node.decorator_list:
            raise refused(
                self.path,
                node,
                f"class {node.name} is no struct",
                "nothing else is explored",
                f"write class {node.name}(Struct):",
            )
        if hasattr(memcharge.kernel, node.name) or node.name in self.structs:
            raise refused(
                self.path,
                node,
                f"there is a {node.name} already",
                "one name is one struct, in memcharge.kernel and here",
                "give it another name, or use the one there is",
            )
        for field in node.body:
            if not _is_field(field):
                raise refused(
                    self.path,
                    field,
                    f"no field of {node.name}",
                    f"a struct holds fields only, of {', '.join(DECLARERS)}",
                    "write it as in  count: int = uint(3)",
                )
        self.structs.append(node.name)

    def _scenarios(self, value: ast.expr) -> None:
        if not isinstance(value, ast.Dict) or not value.keys:
            raise self._no_table("SCENARIOS", value)
        for key, calls in zip(value.keys, value.values, strict=True):
            if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
                raise self._no_table("SCENARIOS", key or calls)
            if not isinstance(calls, ast.Tuple | ast.List) or not calls.elts:
                raise self._no_table("SCENARIOS", calls)
            self.scenarios[key.value] = tuple(self._call(one) for one in calls.elts)

    def _call(self, node: ast.expr) -> Call:
        """One actor: a call in quotes, of a name with names and numbers."""
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(text, str):
            try:
                call = ast.parse(text.strip(), mode="eval").body
            except (SyntaxError, ValueError):
                call = None
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and not call.keywords:
                arguments = [_argument(one) for one in call.args]
                if all(one is not Ellipsis for one in arguments):
                    name = call.func.id
                    return Call(text.strip(), name, tuple(arguments), node.lineno)  # type: ignore[arg-type]
        raise refused(
            self.path,
            node,
            "no call of an actor",
            "an actor is a function of this file, called with names of objects and numbers",
            'write it in quotes, as in "take(lock)"',
        )

    def _names(self, table: str, value: ast.expr) -> dict[str, ast.expr]:
        elements = value.elts if isinstance(value, ast.Tuple | ast.List) else [value]
        found: dict[str, ast.expr] = {}
        for one in elements:
            if value is one or not (isinstance(one, ast.Constant) and isinstance(one.value, str)):
                raise self._no_table(table, one)
            found[one.value] = one
        return found

    def _no_table(self, table: str, node: ast.expr) -> EditionError:
        if table == "SCENARIOS":
            why, remedy = "it is a table of names, each with calls in quotes", f"write {EXAMPLE}"
        else:
            why = "it holds names of property functions in quotes"
            remedy = f'write {table} = ("mutual_exclusion",)'
        return refused(self.path, node, f"{table} cannot be read", why, remedy)


def _is_vocabulary(module: str | None) -> bool:
    return module in ("__future__", "typing") or f"{module}.".startswith("memcharge.kernel.")


def _is_field(node: ast.stmt) -> bool:
    match node:
        case ast.Expr(value=ast.Constant(value=str())):
            return True
        case ast.AnnAssign(target=ast.Name(), value=ast.Call() as value):
            return _is_declarer(value)
    return False


def _is_declarer(node: ast.expr) -> bool:
    """Whether it is a call such as array(2, uint(3)), all the way down."""
    if isinstance(node, ast.Constant | ast.Name | ast.UnaryOp):
        return not isinstance(node, ast.UnaryOp) or isinstance(node.operand, ast.Constant)
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        return False
    inside = [*node.args, *(one.value for one in node.keywords)]
    return node.func.id in DECLARERS and all(_is_declarer(one) for one in inside)


def _argument(node: ast.expr) -> object:
    """A name of an object, a number or None; Ellipsis for anything else."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Constant(value=int() | None as value):
            return value
    return ...
