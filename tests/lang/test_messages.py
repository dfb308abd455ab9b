# SPDX-License-Identifier: GPL-2.0-only
"""What is outside the language is refused with its place, the reason and the remedy.

The text of each case stands at column 5 of a function's first line, unless it
brings its own `def`; `^` is put under the construct in question.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from memcharge.lang import LangError
from tests.lang.messages import Case
from tests.lang.refused_calls import ARGUMENTS, CALLS, SECTIONS
from tests.lang.refused_expressions import EXPRESSIONS, NAMES
from tests.lang.refused_statements import STATEMENTS
from tests.support.small import HEAD, small

START = """
class Item(Struct):
    n: int = uint(3)
    ready: bool = flag()
    PG_dirty: bool = flag()
    c: list[int] = array(2, uint(3))
    next: Item | None = ref("Item")
    always: Item | None = link("Item")
    lock: SpinLock = embed(SpinLock)


class Other(Struct):
    n: int = uint(3)


item = the("item", Item)
other = the("other", Other)
nobody = the("nobody", Item)


def start():
    item = Item("item")
    item.always = item
    return {"item": item, "other": Other("other")}


def one(a: Item) -> int:
    return a.n


def two(a: Item) -> tuple[int, int]:
    return a.n, 1


def odd(n: int) -> bool:
    return odd(n)


"""

CASES = {
    f"{group}: {case.text.strip()}": case
    for group, cases in {
        "statement": STATEMENTS,
        "expression": EXPRESSIONS,
        "name": NAMES,
        "call": CALLS,
        "arguments": ARGUMENTS,
        "section": SECTIONS,
    }.items()
    for case in cases
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_message_names_the_place_the_reason_and_the_remedy(tmp_path: Path, case: Case) -> None:
    body = case.text if case.text.startswith(("def", "@")) else f"def cpu0():\n{case.text}\n"
    program = small(tmp_path, START + body, "cpu0")
    with pytest.raises(LangError) as caught:
        program.compiled()
    lines = (HEAD + START + body).splitlines()
    found = caught.value
    source = lines[found.line - 1]
    what = case.what.replace("FILE", str(program.module.__file__))
    assert source[found.column :].startswith(case.at)
    assert str(found) == (
        f"{program.module.__file__}:{found.line}:{found.column + 1}: {what}\n"
        f"    {source.strip()}\n"
        f"    {' ' * (found.column - len(source) + len(source.lstrip()))}^\n"
        f"  why: {case.why}\n"
        f"  instead: {case.instead}"
    )


def test_the_whole_of_a_message_reads_so(tmp_path: Path) -> None:
    program = small(tmp_path, START + "def cpu0():\n    n = itme.n\n", "cpu0")
    with pytest.raises(LangError) as caught:
        program.compiled()
    assert str(caught.value).removeprefix(f"{program.module.__file__}:") == (
        "43:9: unknown name 'itme'\n"
        "    n = itme.n\n"
        "        ^\n"
        "  why: neither cpu0 nor its edition defines it\n"
        "  instead: did you mean item?"
    )
