# SPDX-License-Identifier: GPL-2.0-only
"""Random small programs as text, for Hypothesis: what all explorers must agree on."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy[str]], str]

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


@st.composite
def numbers(draw: Draw) -> str:
    """A number from 0 to 3."""
    one, other = draw(small), draw(small)
    return draw(
        st.sampled_from(
            [
                one,
                f"({one} + {other}) & 3",
                f"({one} ^ {other}) & 3",
                f"{draw(things)}.{draw(fields)}",
                f"({draw(things)}.b * {one}) & 3",
                f"{draw(things)}.fixed",
                f"pick({draw(things)}, {other})",
                f"({draw(things)}.a if {draw(conditions())} else {other})",
                f"atomic_cmpxchg({draw(things)}.v, {one}, {other})",
                f"index_of({draw(st.sampled_from(['x', 'y', 'p']))})",
            ]
        )
    )


@st.composite
def conditions(draw: Draw) -> str:
    one = draw(
        st.sampled_from(
            [
                "t",
                f"{draw(things)}.f",
                f"{draw(small)} < {draw(small)}",
                f"{draw(things)}.a == {draw(small)}",
                "p is None",
                "p is x",
                "p",
                f"{draw(things)}.next is not None",
            ]
        )
    )
    return draw(
        st.sampled_from(
            [one, one, f"not {one}", f"{one} and {draw(things)}.f", f"{one} or x.a > {draw(small)}"]
        )
    )


@st.composite
def simple(draw: Draw) -> str:
    """A statement on one line."""
    thing, field, value = draw(things), draw(fields), draw(numbers())
    pointer = draw(st.sampled_from(["x", "y", "None", "x.next", "p"]))
    return draw(
        st.sampled_from(
            [
                f"n = {value}",
                f"t = {draw(things)}.f",
                f"t = {draw(small)} < {draw(small)}",
                f"p = {pointer}",
                f"{thing}.{field} = {value}",
                f"{thing}.{field} = {value}",
                f"{thing}.{field} ^= 1",
                f"{thing}.b = {draw(small)} - 1",
                f"{thing}.f = not {thing}.f",
                f"{thing}.next = {pointer}",
                "n, m = m, (n + m) & 3",
                f"t, n = both({thing})",
                "n = choose(2)",
                f"WARN_ON({draw(conditions())})",
            ]
        )
    )


def indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def block(depth: int, section: bool = False) -> st.SearchStrategy[list[str]]:
    one = statement(depth, section) if depth else simple().map(lambda line: [line])
    return st.lists(one, min_size=1, max_size=2).map(lambda parts: [s for p in parts for s in p])


@st.composite
def statement(draw: Callable[..., object], depth: int, section: bool) -> list[str]:
    """A statement of one or several lines."""
    body = indented(draw(block(depth - 1, section)))  # type: ignore[arg-type]
    more = indented(draw(block(depth - 1, section)))  # type: ignore[arg-type]
    each = f"q{depth}"  # loops in one another have variables of their own
    condition, line = draw(conditions()), str(draw(simple()))
    kinds: list[list[str]] = [
        [line],
        [line],
        [f"if {condition}:", *body],
        [f"if {condition}:", *body, "else:", *more],
        ["for m in range(2):", *body],
        ["for m in range(2):", *body, f"    if {condition}:", "        break", *more],
        [f"for {each} in each(Thing):", f"    {each}.a = {each}.a ^ 1", *body],
    ]
    if not section:
        inside = indented(draw(block(depth - 1, True)))  # type: ignore[arg-type]
        lock = draw(st.sampled_from(["x.lock", "y.lock"]))
        kinds += [
            ["with atomic():", *inside],
            ["with atomic():", f"    wait_until({condition})", *inside],
            [f"spin_lock({lock})", *body_of(body), f"spin_unlock({lock})"],
            [f"while {draw(things)}.a < 2:", *body, f"    x.a = {draw(small)}"],
            [f"while {draw(conditions())}:", f"    if {condition}:", "        break", *more],
        ]
    else:
        kinds += [[line, f"BUG_ON({condition})"]]
    if draw(st.integers(0, 9)) == 0:
        kinds = [["kfree(y)"]] if draw(st.booleans()) else [[f"BUG_ON({condition})"]]
    return draw(st.sampled_from(kinds))  # type: ignore[return-value]


def body_of(lines: list[str]) -> list[str]:
    return [line[4:] for line in lines]


@st.composite
def programs(draw: Callable[..., list[str]], most: int = 3) -> str:
    """The text of a program of one to `most` CPUs."""
    cpus = draw(st.sampled_from([[2], [2, 2], [2, 1], [1, 1, 1]][: most + 1]))
    text = PRELUDE
    for number, depth in enumerate(cpus):
        lines = draw(block(int(depth)))
        used = [name for name in LOCALS if any(name in line for line in lines)]
        first = [f"{name} = {LOCALS[name]}" for name in used]
        text += "\n".join(["\n", f"def cpu{number}():", *indented([*first, *lines]), ""])
    return text
