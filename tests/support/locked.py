# SPDX-License-Identifier: GPL-2.0-only
"""Random programs that keep to their locks, mostly: what lock sections are made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy[Any]], Any]

PRELUDE = """
class Item(Struct):
    lock: SpinLock = embed(SpinLock)
    bit: bool = flag()
    g: int = uint(2)
    h: int = uint(2, 1)
    p: Item | None = ref("Item")
    free: int = uint(2)
    seen: int = uint(2)
    v: Atomic = embed(Atomic, counter=uint(2))


x = the("x", Item)
y = the("y", Item)


def start():
    x, y = Item("x"), Item("y", g=2)
    x.p = y
    return {"x": x, "y": y}


def try_lock(item: Item) -> bool:
    with atomic():
        taken = not item.lock.locked
        if taken:
            item.lock.locked = True
    return taken


def bit_lock(item: Item) -> None:
    with atomic():
        wait_until(not item.bit)
        item.bit = True


def bit_unlock(item: Item) -> None:
    with atomic():
        BUG_ON(not item.bit)
        item.bit = False


def lock_if(item: Item) -> bool:
    if item.free == 1:
        return False
    spin_lock(item.lock)
    if item.g == 3:
        spin_unlock(item.lock)
        return False
    return True


def always_seen() -> bool:
    return x.seen + y.seen < 4


def end_even() -> bool:
    return x.g + y.g != 3 and x.free < 3
"""

LOCALS = {"n": "0", "m": "1", "t": "False", "i": "x"}
items = st.sampled_from(["x", "y", "x", "i"])
small = st.sampled_from(["0", "1", "2", "n", "m"])


@st.composite
def guarded(draw: Draw, item: str) -> str:
    """A statement on what the lock of an item protects."""
    one, other = draw(small), draw(small)
    return str(
        draw(
            st.sampled_from(
                [
                    f"{item}.g = ({one} + {other}) & 3",
                    f"{item}.h = {item}.g",
                    f"n = {item}.h",
                    f"m = {item}.g & {one}",
                    f"{item}.g ^= 1",
                    f"{item}.p = {draw(items)}",
                    f"n = ({item}.g + {item}.h) & 3",
                    f"t = {item}.p is None",
                    f"BUG_ON({item}.g == 3 and {item}.h == {one})",
                    f"WARN_ON({item}.h == 3)",
                ]
            )
        )
    )


@st.composite
def open_(draw: Draw) -> str:
    """A statement that needs no lock, or should have one."""
    item, one = draw(items), draw(small)
    return str(
        draw(
            st.sampled_from(
                [
                    f"{item}.free = ({one} + 1) & 3",
                    f"n = {item}.free",
                    f"{item}.seen = {one}",
                    f"{item}.seen = {one}",
                    "n = (n + 1) & 3",
                    "i = y",
                    "t = n < m",
                    f"atomic_set({item}.v, {one})",
                    f"n = atomic_cmpxchg({item}.v, {one}, 1)",
                    "n = choose(2)",
                    f"t = {item}.lock.locked",
                    draw(guarded(item)),
                    "BUG_ON(n == 3)",
                    "BUG_ON(not t)",
                    f"BUG_ON({item}.free == 2)",
                    "i = i.p",
                ]
            )
        )
    )


def indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def lines(draw: Draw, one: st.SearchStrategy[str], most: int = 3) -> list[str]:
    return list(draw(st.lists(one, min_size=1, max_size=most)))


@st.composite
def section(draw: Draw, depth: int) -> list[str]:
    """A lock taken, work under it, the lock given back."""
    item = str(draw(items))
    kind = draw(st.integers(0, 7))
    body = lines(draw, guarded(item))
    if depth and draw(st.booleans()):
        body += draw(section(depth - 1))
    if draw(st.integers(0, 3)) == 0:
        body += [draw(open_())]
    if item == "i":
        body = [line for line in body if "i = " not in line] or ["pass"]
    take, give = f"spin_lock({item}.lock)", f"spin_unlock({item}.lock)"
    if kind == 0:
        return [f"if try_lock({item}):", *indented([*body, give])]
    if kind == 1:
        return [f"t = try_lock({item})", "n = 2", "if t:", *indented([*body, give])]
    if kind == 2:
        return [f"if lock_if({item}):", *indented([*body, give])]
    if kind == 3:
        return [f"bit_lock({item})", *body, f"bit_unlock({item})"]
    if kind == 4:
        return [take, f"if {item}.g < 2:", *indented([give]), "else:", *indented([*body, give])]
    if kind == 5 and draw(st.booleans()):
        return [take, *body]  # never given back
    return [take, *body, give]


@st.composite
def statement(draw: Draw, depth: int) -> list[str]:
    kind = draw(st.integers(0, 9))
    if kind < 6:
        return list(draw(section(depth)))
    if kind == 6:
        body = indented(draw(section(depth)))
        return ["for m in range(2):", *body]
    if kind == 7:
        body = indented(draw(section(0)))
        return [f"while {draw(items)}.free < 1:", *body, f"    {draw(open_())}"]
    return [str(draw(open_()))]


@st.composite
def locked_programs(draw: Draw, most: int = 3) -> str:
    """The text of a program of two to `most` CPUs."""
    text = PRELUDE
    shape = draw(st.sampled_from([[1, 1], [1, 0], [0, 0, 0], [1, 1], [0, 0, 0, 0]][: most + 1]))
    for number, depth in enumerate(shape):
        parts = draw(
            st.lists(statement(int(depth)), min_size=1, max_size=2 if len(shape) > 2 else 3)
        )
        body = [line for part in parts for line in part]
        used = [f"{name} = {value}" for name, value in LOCALS.items()]
        text += "\n".join(["\n", f"def cpu{number}():", *indented([*used, *body]), ""])
    return text
