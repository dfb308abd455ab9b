# SPDX-License-Identifier: GPL-2.0-only
"""Load an edition: a base, then the patches on top of it, into one namespace.

An edition is a base package; or a module or a package that names its BASE,
holds the functions it replaces and lists those it has REMOVED; or a protocol of
its own: a file with structs, functions and scenarios, which other files may
name as BASE in turn.  All functions of an edition get one namespace as their
globals, so a call finds the newest definition, in plain Python and when compiled.
"""

from __future__ import annotations

import difflib
import importlib
import inspect
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import memcharge.kernel
from memcharge.editions.declared import Declared
from memcharge.editions.errors import EditionError
from memcharge.editions.source import Source, read_source

HERE = Path(__file__).parent
# Releases with one fix taken out, which were never released so: of the corpus, not of `known()`.
WITHOUT = "without/"
# Shipped editions, oldest first.  `known` drops a name without a file and adds a file without one.
ORDER = (
    "v2_6_26",
    "v2_6_28",
    "v2_6_29",
    "v2_6_33",
    "v2_6_34",
    "mm_2010_04_13_nishimura",
    "mm_2010_04_13_kamezawa",
    "mm_2010_04_14",
    "mm_2010_04_15",
    "mm_2010_04_16",
    "mm_2010_05_07",
    "v2_6_35",
    "v2_6_37",
    "v2_6_38",
    "v3_4",
    "v3_6",
    "mm_2014_06_16",
    "v3_17",
    "v3_19",
    "v4_6",
    "v6_6",
    "v6_12",
)
NOT_EDITIONS = ("asked", "chain", "declared", "errors", "source", "standins", "unreached")

__all__ = ["Edition", "EditionError", "known", "load", "with_functions", "without"]


@dataclass(frozen=True)
class Edition:
    """One protocol text as it stands after all its patches.

    `origin` says for each function which edition defined it last; `own` are the
    functions that this edition itself defines, in file order.  `declared` is what
    a protocol of its own declares; None for kernels and patches to them.
    """

    name: str
    path: Path
    base: str | None
    provenance: str
    summary: str
    namespace: dict[str, Any]
    origin: dict[str, str]
    own: tuple[str, ...]
    declared: Declared | None = None


def known() -> list[str]:
    """Names of the shipped editions in the order of their history; nothing is imported."""
    found = set(_modules(HERE)) - set(NOT_EDITIONS)
    return [name for name in ORDER if name in found] + sorted(found - set(ORDER))


def without() -> list[str]:
    """Names of the shipped editions that lack one fix of their base, by its commit id."""
    return [f"{WITHOUT}{name}" for name in _modules(HERE / WITHOUT)]


def _modules(folder: Path) -> list[str]:
    """The modules and packages of a folder; OSError if it cannot be read."""
    entries = [entry for entry in folder.iterdir() if not entry.name.startswith("_")]
    return sorted(
        entry.stem for entry in entries if entry.suffix == ".py" or (entry / "__init__.py").exists()
    )


def _modules_of(package: ModuleType) -> list[ModuleType]:
    """The modules of a package, by name; a module that is no package is the only one."""
    folders = getattr(package, "__path__", None)
    if folders is None:
        return [package]
    names = _modules(Path(next(iter(folders))))
    return [importlib.import_module(f"{package.__name__}.{name}") for name in names]


def load(name_or_path: str) -> Edition:
    """The edition of that shipped name, or of that file of a user's.

    Raises EditionError, which says what is wrong where, why, and what to do.
    """
    return _load(name_or_path, ())


def _load(name_or_path: str, below: tuple[str, ...]) -> Edition:
    if name_or_path in without():
        return _patch(HERE / f"{name_or_path}.py", name_or_path, below)
    if name_or_path.endswith(".py") or "/" in name_or_path or "\\" in name_or_path:
        return _patch(Path(name_or_path), Path(name_or_path).stem, below)
    if name_or_path not in known():
        raise _unknown(name_or_path, None)
    folder = HERE / name_or_path
    if folder.is_dir():
        return _package(name_or_path, folder, below)
    return _patch(HERE / f"{name_or_path}.py", name_or_path, below)


def _unknown(name: str, source: Source | None) -> EditionError:
    close = difflib.get_close_matches(name, known(), 1)
    guess = f"did you mean {close[0]}? " if close else ""
    return EditionError(
        str(source.path) if source else name,
        source.base_line if source else None,
        None,
        f"no edition is called {name!r}",
        f"shipped are {', '.join(known())}",
        f"{guess}give one of these names, or the path of a .py file",
    )


def _package(name: str, folder: Path, below: tuple[str, ...]) -> Edition:
    """A package: the functions and numbers of its modules, over its base if it names one."""
    package = importlib.import_module(f"memcharge.editions.{name}")
    modules = [
        importlib.import_module(f"{package.__name__}.{module}") for module in _modules(folder)
    ]
    own = {n: value for module in modules for n, value in _numbers(vars(module)).items()}
    functions = [function for module in modules for function in _functions(module)]
    base_name = getattr(package, "BASE", None)
    base = _load(base_name, (*below, str(folder))) if base_name else None
    removed = getattr(package, "REMOVED", ())
    return Edition(
        name,
        folder,
        base_name,
        package.PROVENANCE,
        _summary(package.__doc__),
        _over(base, own, functions, removed),
        _origin(name, base, functions, removed),
        tuple(function.__name__ for function in functions),
    )


def _patch(path: Path, name: str, below: tuple[str, ...]) -> Edition:
    """A module of its own: what it defines on top of its base, or of the vocabulary alone."""
    source = read_source(path)
    here = str(path.resolve())
    if here in below:
        raise EditionError(
            str(path),
            source.base_line,
            None,
            "BASE leads back to this file",
            "an edition is its base and what it changes, so the chain must end in a release",
            f"name one of {', '.join(known())} as BASE, here or in a file below",
        )
    if source.declared is not None:
        return _protocol(source, name, source.declared)
    base = _load(_base_of(source), (*below, here))
    _check_removed(source, base)
    scratch = dict(base.namespace)
    scratch["__file__"] = str(path)
    scratch["__name__"] = name
    _execute(source, scratch)
    functions = [scratch[n] for n in source.functions]
    return Edition(
        name,
        path,
        base.name,
        source.provenance,
        _summary(source.docstring),
        _over(base, {n: scratch[n] for n in source.numbers}, functions, source.removed),
        _origin(name, base, functions, source.removed),
        source.functions,
        base.declared,
    )


def _check_removed(source: Source, base: Edition) -> None:
    """A patch takes out what its base has and it does not define itself."""
    for name in source.removed:
        if name not in base.origin or name in source.functions:
            why = "it defines that itself" if name in source.functions else "its base has none"
            raise EditionError(
                str(source.path),
                source.removed_line,
                None,
                f"REMOVED names {name}",
                f"the patch cannot take it out, for {why}",
                f"take {name} off the list",
            )


def _over(
    base: Edition | None,
    numbers: dict[str, Any],
    functions: Iterable[FunctionType],
    removed: Iterable[str],
) -> dict[str, Any]:
    """A namespace: the base's or the vocabulary, the newer definitions, without what is removed."""
    namespace = dict(base.namespace) if base is not None else _vocabulary()
    namespace.update(numbers)
    for name in removed:
        del namespace[name]
    if base is not None:
        kept = [f for f in namespace.values() if _is_edition_function(f, base)]
        _rebind(kept, namespace)
    _rebind(functions, namespace)
    return namespace


def _origin(
    name: str, base: Edition | None, functions: Iterable[FunctionType], removed: Iterable[str]
) -> dict[str, str]:
    """Which edition defined each function last."""
    origin = dict(base.origin) if base is not None else {}
    for one in removed:
        del origin[one]
    return {**origin, **dict.fromkeys((f.__name__ for f in functions), name)}


def _protocol(source: Source, name: str, declared: Declared) -> Edition:
    """A module that stands alone: all that it defines, on top of the vocabulary."""
    namespace = _vocabulary()
    scratch = {**namespace, "__file__": str(source.path), "__name__": name}
    _execute(source, scratch)
    own = (*source.numbers, *declared.structs, *declared.objects)
    namespace.update({one: scratch[one] for one in own})
    _rebind([scratch[one] for one in source.functions], namespace)
    return Edition(
        name,
        source.path,
        None,
        source.provenance,
        _summary(source.docstring),
        namespace,
        dict.fromkeys(source.functions, name),
        source.functions,
        declared,
    )


def _base_of(source: Source) -> str:
    """The edition that a patch builds on; a relative path starts at the patch's folder."""
    base = source.base
    if base.endswith(".py"):
        return str(source.path.parent / base)
    if base not in known():
        raise _unknown(base, source)
    return base


def _execute(source: Source, scratch: dict[str, Any]) -> None:
    """Run the top level, of which `source` has made sure that it only defines things."""
    try:
        exec(source.code, scratch)  # noqa: S102
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if frame.filename == str(source.path)]
        raise EditionError(
            str(source.path),
            lines[-1] if lines else None,
            None,
            f"{type(error).__name__}: {error}",
            "the file cannot be loaded",
            "correct what that line imports, names or declares; a patch needs no imports",
        ) from error


def _vocabulary() -> dict[str, Any]:
    """Everything public of memcharge.kernel, as the star import gives it, and one private name."""
    names = {n: v for n, v in vars(memcharge.kernel).items() if not n.startswith("_")}
    names["__this_cpu_add"] = memcharge.kernel.__this_cpu_add
    names["__builtins__"] = __builtins__
    return names


def _functions(module: ModuleType) -> list[FunctionType]:
    """The functions that the module's own file defines, in file order."""
    file = module.__file__
    own = [v for v in vars(module).values() if isinstance(v, FunctionType)]
    own = [function for function in own if function.__code__.co_filename == file]
    return sorted(own, key=lambda function: function.__code__.co_firstlineno)


def _numbers(names: dict[str, Any]) -> dict[str, Any]:
    """The constants among these names."""
    return {n: v for n, v in names.items() if type(v) is int and not n.startswith("__")}


def _is_edition_function(value: Any, edition: Edition) -> bool:
    return isinstance(value, FunctionType) and value.__name__ in edition.origin


def _rebind(functions: Iterable[FunctionType], namespace: dict[str, Any]) -> None:
    """Put copies of the functions into the namespace, with it as their globals."""
    for function in functions:
        code: CodeType = function.__code__
        copy = FunctionType(code, namespace, function.__name__, function.__defaults__)
        copy.__doc__ = function.__doc__
        copy.__annotations__ = dict(function.__annotations__)
        copy.__module__ = function.__module__
        namespace[function.__name__] = copy


def _summary(docstring: str | None) -> str:
    """The first paragraph of a docstring on one line."""
    return " ".join(inspect.cleandoc(docstring or "").split("\n\n")[0].split())


def with_functions(
    edition: Edition, module_or_functions: ModuleType | Iterable[FunctionType]
) -> dict[str, Any]:
    """The edition's namespace and, bound to it, the functions of a module, package or list.

    So an actor, which calls outer kernel functions only, runs on any edition.
    """
    namespace = dict(edition.namespace)
    _rebind([f for f in edition.namespace.values() if _is_edition_function(f, edition)], namespace)
    if isinstance(module_or_functions, ModuleType):
        for module in _modules_of(module_or_functions):
            namespace.update(_numbers(vars(module)))
            _rebind(_functions(module), namespace)
    else:
        _rebind(module_or_functions, namespace)
    return namespace
