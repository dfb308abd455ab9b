# SPDX-License-Identifier: GPL-2.0-only
"""Names that nothing defines, found before anything runs."""

from __future__ import annotations

import builtins
from collections.abc import Iterable
from types import FunctionType
from weakref import WeakSet

from memcharge.lang.errors import did_you_mean, error_at
from memcharge.lang.source import source_of

_GOOD: WeakSet[FunctionType] = WeakSet()


def check_names(functions: Iterable[FunctionType]) -> None:
    """Raise LangError for the first name that neither a function nor its edition defines.

    A text is also run as plain Python, to build a start state, and code that no
    scenario reaches is not compiled; so this looks at all of it beforehand.
    """
    for function in functions:
        if function in _GOOD:
            continue
        source = source_of(function)
        local = source.assigned | {one.arg for one in source.definition.args.args}
        for node in source.names:
            name = node.id
            if name in local or name in function.__globals__ or hasattr(builtins, name):
                continue
            raise error_at(
                source.path,
                source.lines,
                node,
                f"unknown name {name!r}",
                f"neither {function.__name__} nor its edition defines it",
                did_you_mean(name, [*function.__globals__, *local]),
            )
        _GOOD.add(function)
