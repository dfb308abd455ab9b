# SPDX-License-Identifier: GPL-2.0-only
"""What a text outside the language is told: a case, and reasons that recur."""

from __future__ import annotations

from dataclasses import dataclass

LANGUAGE = (
    "use assign, if, while, for .. in each(), any_order() or range(), with atomic(), return, a call"
)
BOUNDED = "every statement must become steps of a bounded state"
MADE_OF = "an expression is made of names, fields, numbers, operators and calls"
PLAIN = "write it with plain statements"
ARITHMETIC = "use + - * & | ^ ~ << >> and comparisons"
COMPARED = "pointers are compared, not computed with"
INDEX_OF = "use index_of(obj) for its number"
HOLDS = "a local holds a number, a truth value or a pointer"
SETTLED = (
    "what a struct inside another, or the variable of each(), is called is settled when compiled"
)


@dataclass(frozen=True)
class Case:
    """A text, where its message points, and the message."""

    text: str
    at: str
    what: str
    why: str
    instead: str


def statement(text: str, name: str) -> Case:
    at = text.strip().split("\n")[0]
    return Case(text, at, f"`{name}` is outside the language", BOUNDED, LANGUAGE)


def expression(text: str, at: str, name: str) -> Case:
    return Case(text, at, f"{name} is outside the language", MADE_OF, PLAIN)
