# SPDX-License-Identifier: GPL-2.0-only
"""Which folder of memcharge may import which, and a reader of what each module does import.

The floors are drawn in docs/architecture.md.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PACKAGE = "memcharge"

# What a folder may import besides itself.  `memcharge` is the package's own __init__: the version.
ALLOWED: dict[str, set[str]] = {
    "kernel": set(),
    "trace": set(),
    "editions": {"kernel"},
    "scenarios": {"kernel", "editions"},
    "ir": {"kernel", "editions", "scenarios", "trace"},
}
ALLOWED["lang"] = ALLOWED["ir"] | {"ir"}
ALLOWED["engine"] = ALLOWED["lang"] | {"lang", PACKAGE}
ALLOWED["analysis"] = ALLOWED["engine"] | {"engine"}
ALLOWED["live"] = {"kernel", "trace"}
ALLOWED["report"] = {"trace"}
ALLOWED["cli"] = {*ALLOWED, PACKAGE}
ALLOWED["__main__"] = {"cli"}
ALLOWED[PACKAGE] = set()

# One module, or the modules of one folder, that may import more than the rest of its floor.
ALLOWED_BY_MODULE: dict[str, set[str]] = {"live.conform": {"engine"}}

# Where names under `if TYPE_CHECKING:` do not count: their functions are compiled, and name types
# and kernel functions of the edition under test that plain Python resolves at run time.
TYPES_ARE_FREE = ("editions", "scenarios.actors")


@dataclass(frozen=True)
class Import:
    """One import of memcharge by memcharge."""

    file: Path
    line: int
    importer: str
    imported: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.importer} may not import {self.imported}"

    @property
    def allowed(self) -> bool:
        own, target = unit_of(self.importer), unit_of(self.imported)
        if own not in ALLOWED:
            return False
        extra = (more for name, more in ALLOWED_BY_MODULE.items() if within(self.importer, name))
        return target == own or target in ALLOWED[own].union(*extra)


def within(module: str, folder: str) -> bool:
    return module == folder or module.startswith(f"{folder}.")


def unit_of(module: str) -> str:
    """The folder that a module, named without the package, lies in."""
    return module.partition(".")[0]


def forbidden_imports(package: Path) -> list[Import]:
    """Every import in the package that goes up, or sideways where the table does not allow it."""
    return [found for found in imports(package) if not found.allowed]


def imports(package: Path) -> Iterator[Import]:
    for file in sorted(package.rglob("*.py")):
        parts = file.relative_to(package).with_suffix("").parts
        is_init = parts[-1] == "__init__"
        importer = ".".join(parts[:-1] if is_init else parts)
        here = parts[:-1]
        for node in counted_nodes(ast.parse(file.read_text(), str(file)), importer):
            for target in targets(node, here, package):
                yield Import(file, getattr(node, "lineno", 0), importer or PACKAGE, target)


def counted_nodes(tree: ast.AST, importer: str) -> Iterator[ast.AST]:
    types_are_free = any(within(importer, name) for name in TYPES_ARE_FREE)
    for child in ast.iter_child_nodes(tree):
        if types_are_free and isinstance(child, ast.If) and is_type_checking(child.test):
            for otherwise in child.orelse:
                yield from counted_nodes(otherwise, importer)
            continue
        yield child
        yield from counted_nodes(child, importer)


def is_type_checking(test: ast.expr) -> bool:
    return ast.unparse(test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def targets(node: ast.AST, here: tuple[str, ...], package: Path) -> Iterator[str]:
    """The modules of memcharge, named without the package, that a statement imports."""
    match node:
        case ast.Import(names=names):
            yield from (name for alias in names for name in inside(alias.name))
        case ast.ImportFrom(module=module, names=names, level=level):
            base = [PACKAGE, *here[: len(here) - level + 1]] if level else []
            for name in inside(".".join([*base, *([module] if module else [])])):
                yield from (from_item(name, alias.name, package) for alias in names)
        case ast.Call(func=func, args=[ast.Constant(value=str(name)), *_]):
            if ast.unparse(func) in ("import_module", "importlib.import_module", "__import__"):
                yield from inside(name)


def inside(dotted: str) -> Iterator[str]:
    if within(dotted, PACKAGE):
        yield dotted.removeprefix(PACKAGE).removeprefix(".") or PACKAGE


def from_item(module: str, item: str, package: Path) -> str:
    """`from memcharge import engine` imports a folder, `from memcharge import __version__` not."""
    if module != PACKAGE:
        return module
    known = item in ALLOWED or (package / item).is_dir() or (package / f"{item}.py").is_file()
    return item if known else PACKAGE
