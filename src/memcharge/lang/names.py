# SPDX-License-Identifier: GPL-2.0-only
"""Names that nothing defines, found before anything runs."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable
from types import FunctionType

from memcharge.lang.errors import did_you_mean, error_at
from memcharge.lang.source import source_of


def check_names(functions: Iterable[FunctionType]) -> None:
    """Raise LangError for the first name that neither a function nor its edition defines.

    A text is also run as plain Python, to build a start state, and code that no
    scenario reaches is not compiled; so this looks at all of it beforehand.
    """
    for function in functions:
        source = source_of(function)
        arguments = source.definition.args.args
        local = source.assigned | {argument.arg for argument in arguments}
        known = local | function.__globals__.keys() | vars(builtins).keys()
        for node in ast.walk(ast.Module(source.definition.body, [])):
            if isinstance(node, ast.Name) and node.id not in known:
                raise error_at(
                    source.path,
                    source.lines,
                    node,
                    f"unknown name {node.id!r}",
                    f"neither {function.__name__} nor its edition defines it",
                    did_you_mean(node.id, [*function.__globals__, *local]),
                )
