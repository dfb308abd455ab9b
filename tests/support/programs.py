# SPDX-License-Identifier: GPL-2.0-only
"""Random small programs as text, for Hypothesis: what all explorers must agree on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy[Any]], Any]
Text = TypeVar("Text", str, list[str])

PRELUDE = """
class Thing(Struct):
    a: int = uint(2)
    b: int = sint(3, -1)
    f: bool = flag()
    c: list[int] = array(2, uint(2))
    fixed: int = uint(2, 1)
    next: Thing | None = ref("Thing")
    v: Atomic = embed(Atomic, counter=uint(2))
    lock: SpinLock = embed(SpinLock)


x = the("x", Thing)
y = the("y", Thing)


def start():
    x, y = Thing("x"), Thing("y", f=True, fixed=2)
    x.next = y
    return {"x": x, "y": y}


def pick(thing: Thing, n: int) -> int:
    if thing.a == n:
        return 1
    n = thing.b & 1
    return n


def both(thing: Thing) -> tuple[bool, int]:
    return thing.f, thing.fixed


def always_few() -> bool:
    return x.a + y.a < 5


def always_somewhere() -> bool:
    return not (x.f and x.next is None)


def end_untouched() -> bool:
    for thing in each(Thing):
        if thing.c[0] != 0 or thing.b != -1:
            return False
    return True
"""

LOCALS = {"n": "0", "m": "1", "t": "False", "p": "x"}

things = st.sampled_from(["x", "y", "x", "y", "p", "x.next"])
fields = st.sampled_from(["a", "c[0]", "c[1]", "v.counter", "a", "c[n & 1]"])
small = st.sampled_from(["0", "1", "2", "n", "m"])
pointers = st.sampled_from(["x", "y", "None", "x.next", "p"])


def one_of(draw: Draw, *texts: Callable[[], Text]) -> Text:
    """One of several texts; nothing is drawn for the others."""
    number: int = draw(st.integers(0, len(texts) - 1))
    return texts[number]()


@st.composite
def numbers(draw: Draw) -> str:
    """A number from 0 to 3."""
    one: str = draw(small)
    other: str = draw(small)
    return one_of(
        draw,
        lambda: one,
        lambda: f"({one} + {other}) & 3",
        lambda: f"({one} ^ {other}) & 3",
        lambda: f"{draw(things)}.{draw(fields)}",
        lambda: f"({draw(things)}.b * {one}) & 3",
        lambda: f"{draw(things)}.fixed",
        lambda: f"pick({draw(things)}, {other})",
        lambda: f"({draw(things)}.a if {draw(conditions())} else {other})",
        lambda: f"atomic_cmpxchg({draw(things)}.v, {one}, {other})",
        lambda: f"index_of({draw(st.sampled_from(['x', 'y', 'p']))})",
    )


@st.composite
def conditions(draw: Draw) -> str:
    one: str = one_of(
        draw,
        lambda: "t",
        lambda: f"{draw(things)}.f",
        lambda: f"{draw(small)} < {draw(small)}",
        lambda: f"{draw(things)}.a == {draw(small)}",
        lambda: "p is None",
        lambda: "p is x",
        lambda: "p",
        lambda: f"{draw(things)}.next is not None",
    )
    return one_of(
        draw,
        lambda: one,
        lambda: one,
        lambda: f"not {one}",
        lambda: f"{one} and {draw(things)}.f",
        lambda: f"{one} or x.a > {draw(small)}",
    )


@st.composite
def simple(draw: Draw) -> str:
    """A statement on one line."""
    thing = draw(things)

    def set_field() -> str:
        return f"{thing}.{draw(fields)} = {draw(numbers())}"

    return one_of(
        draw,
        lambda: f"n = {draw(numbers())}",
        lambda: f"t = {thing}.f",
        lambda: f"t = {draw(small)} < {draw(small)}",
        lambda: f"p = {draw(pointers)}",
        set_field,
        set_field,
        lambda: f"{thing}.{draw(fields)} ^= 1",
        lambda: f"{thing}.b = {draw(small)} - 1",
        lambda: f"{thing}.f = not {thing}.f",
        lambda: f"{thing}.next = {draw(pointers)}",
        lambda: "n, m = m, (n + m) & 3",
        lambda: f"t, n = both({thing})",
        lambda: "n = choose(2)",
        lambda: f"WARN_ON({draw(conditions())})",
    )


def indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def block(depth: int, section: bool = False) -> st.SearchStrategy[list[str]]:
    one = statement(depth, section) if depth else simple().map(lambda line: [line])
    return st.lists(one, min_size=1, max_size=2).map(lambda parts: [s for p in parts for s in p])


@st.composite
def statement(draw: Draw, depth: int, section: bool) -> list[str]:
    """A statement of one or several lines."""
    if draw(st.integers(0, 9)) == 0:
        return [one_of(draw, lambda: "kfree(y)", lambda: f"BUG_ON({draw(conditions())})")]
    each = f"q{depth}"  # loops in one another have variables of their own
    condition = draw(conditions())

    def body(*, inside: bool = section) -> list[str]:
        return indented(draw(block(depth - 1, inside)))

    def line() -> list[str]:
        return [draw(simple())]

    def locked() -> list[str]:
        lock = draw(st.sampled_from(["x.lock", "y.lock"]))
        return [f"spin_lock({lock})", *body_of(body()), f"spin_unlock({lock})"]

    kinds: list[Callable[[], list[str]]] = [
        line,
        line,
        lambda: [f"if {condition}:", *body()],
        lambda: [f"if {condition}:", *body(), "else:", *body()],
        lambda: ["for m in range(2):", *body()],
        lambda: ["for m in range(2):", *body(), f"    if {condition}:", "        break", *body()],
        lambda: [f"for {each} in each(Thing):", f"    {each}.a = {each}.a ^ 1", *body()],
    ]
    if section:
        return one_of(draw, *kinds, lambda: [*line(), f"BUG_ON({condition})"])
    return one_of(
        draw,
        *kinds,
        lambda: ["with atomic():", *body(inside=True)],
        lambda: ["with atomic():", f"    wait_until({condition})", *body(inside=True)],
        locked,
        lambda: [f"while {draw(things)}.a < 2:", *body(), f"    x.a = {draw(small)}"],
        lambda: [f"while {draw(conditions())}:", f"    if {condition}:", "        break", *body()],
    )


def body_of(lines: list[str]) -> list[str]:
    return [line[4:] for line in lines]


@st.composite
def programs(draw: Draw, most: int = 3) -> str:
    """The text of a program of one to `most` CPUs."""
    cpus = draw(st.sampled_from([[2], [2, 2], [2, 1], [1, 1, 1], [0, 0, 0, 0]][: most + 1]))
    text = PRELUDE
    for number, depth in enumerate(cpus):
        lines = draw(block(int(depth)))
        used = [name for name in LOCALS if any(name in line for line in lines)]
        first = [f"{name} = {LOCALS[name]}" for name in used]
        text += "\n".join(["\n", f"def cpu{number}():", *indented([*first, *lines]), ""])
    return text


def unasked(text: str) -> str:
    """A program without properties, so that more can go."""
    kept, asked = [], False
    for line in text.splitlines():
        if line and not line.startswith(" "):
            asked = line.startswith(("def always_", "def end_"))
        if not asked:
            kept.append(line)
    return "\n".join([*kept, ""])
