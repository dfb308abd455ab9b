# SPDX-License-Identifier: GPL-2.0-only
"""Editions beside each other: which were asked for, and what text separates two of them."""

from __future__ import annotations

from collections.abc import Sequence

from memcharge.editions.chain import Edition, EditionError, known, load


def chosen(names: Sequence[str]) -> list[Edition]:
    """The editions that these names mean, `A..B` being all from A to B; all if there are none.

    Raises EditionError for a name that there is not, or a range that is empty.
    """
    found: dict[str, None] = {}
    for name in names or known():
        first, dots, last = name.partition("..")
        plain = not dots or "/" in name
        found.update(dict.fromkeys([name] if plain else _between(first, last)))
    return [load(name) for name in found]


def _between(first: str, last: str) -> list[str]:
    """The shipped editions from one to another, in the order of their history."""
    order = known()
    for name in (first, last):
        if name:
            load(name)  # says what is wrong with a name that there is not
    begin = order.index(first) if first else 0
    end = order.index(last) if last else len(order) - 1
    if begin > end:
        raise EditionError(
            f"{first}..{last}",
            None,
            None,
            f"{first} is newer than {last}",
            "a range goes from the older edition to the newer one",
            f"write {last}..{first}",
        )
    return order[begin : end + 1]


def changed(before: Edition, after: Edition) -> list[str]:
    """The functions whose text differs between two editions, in alphabetical order."""
    names = before.origin.keys() | after.origin.keys()
    return sorted(name for name in names if before.origin.get(name) != after.origin.get(name))
