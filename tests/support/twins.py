# SPDX-License-Identifier: GPL-2.0-only
"""Random programs of CPUs that do the same, each with an object of its own, for Hypothesis."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy[str]], str]

PRELUDE = """
class Own(Struct):
    a: int = uint(2)
    f: bool = flag()
    peer: Own | None = ref("Own")
    lock: SpinLock = embed(SpinLock)


class Shared(Struct):
    n: int = uint(2)
    who: Own | None = ref("Own")
    lock: SpinLock = embed(SpinLock)


shared = the("shared", Shared)


def always_few() -> bool:
    return shared.n < 3


def always_not_both() -> bool:
    for one in each(Own):
        if one.f and shared.who is one:
            return False
    return True


def end_sum() -> bool:
    total = 0
    for one in each(Own):
        total += one.a
        if one.peer is not None and one.peer is shared.who:
            total += 1
    return total < 4
"""

LOCALS = {"n": "0", "t": "False", "p": "mine"}
SIMPLE = (
    "n = shared.n",
    "shared.n = n & 3",
    "shared.n = (n + 1) & 3",
    "mine.a = (mine.a + 1) & 3",
    "mine.a = n & 3",
    "mine.f = not mine.f",
    "shared.who = mine",
    "shared.who = None",
    "p = shared.who",
    "p = mine",
    "p = mine.peer",
    "mine.peer = p",
    "mine.peer = shared.who",
    "n = choose(2)",
    "t = mine.f",
    "WARN_ON(mine.f and shared.who is mine)",
)
CONDITIONS = ("p is mine", "p is None", "t", "mine.f", "n == 1", "shared.n < 2", "p is shared.who")


def indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def block(depth: int, loops: str) -> st.SearchStrategy[list[str]]:
    one = statement(depth, loops) if depth else st.sampled_from([[line] for line in SIMPLE])
    return st.lists(one, min_size=1, max_size=2).map(lambda parts: [s for p in parts for s in p])


@st.composite
def statement(draw: Callable[..., object], depth: int, loops: str) -> list[str]:
    """A statement of one or several lines; `loops` are the names that loops may still use."""
    line = str(draw(st.sampled_from(SIMPLE)))
    condition = draw(st.sampled_from(CONDITIONS))
    body = indented(draw(block(depth - 1, loops[1:])))  # type: ignore[arg-type]
    each = f"q{loops[0]}"
    inside = draw(
        st.sampled_from(
            [
                [f"{each}.a = {each}.a ^ 1"],
                [f"if {each} is mine:", "    break"],
                [f"if {each}.f:", "    n = 1", f"p = {each}"],
                [f"shared.who = {each}", *(line[4:] for line in body)],
                [f"if {each} is shared.who:", "    continue", f"{each}.f = True"],
            ]
        )
    )
    kinds: list[list[str]] = [
        [line],
        [f"if {condition}:", *body],
        ["if p is not None:", "    p.a = 1"],
        [f"for {each} in any_order(Own):", *indented(inside)],  # type: ignore[arg-type]
        ["spin_lock(shared.lock)", *(one[4:] for one in body), "spin_unlock(shared.lock)"],
        ["while mine.a < 2:", *body, "    mine.a = 2"],
        ["with atomic():", "    wait_until(shared.who is not mine)", f"    {line}"],
    ]
    if draw(st.integers(0, 15)) == 0:
        kinds = [["kfree(mine)"], ["BUG_ON(shared.n == 2)"], ["n = index_of(mine)"]]
    return draw(st.sampled_from(kinds))  # type: ignore[return-value]


@st.composite
def twins(draw: Callable[..., object]) -> str:
    """The text of a program of two to four CPUs that do the same, at times beside another one."""
    count = int(str(draw(st.sampled_from([2, 2, 3, 4]))))
    names = [f"own{number}" for number in range(count)]
    text = PRELUDE + "".join(f'\n{name} = the("{name}", Own)' for name in names)
    made = ", ".join(f'"{name}": Own("{name}")' for name in names)
    text += f'\n\n\ndef start():\n    return {{"shared": Shared("shared"), {made}}}\n'
    bodies = {"work": draw(block(2 if count < 4 else 1, "ab"))}
    if draw(st.integers(0, 2)) == 0:
        bodies["other"] = draw(block(1, "c"))
    for name, body in bodies.items():
        assert isinstance(body, list)
        used = [one for one in LOCALS if any(one in line for line in body)]
        first = [f"{one} = {LOCALS[one]}" for one in used]
        text += "\n".join(["\n", f"def {name}(mine: Own):", *indented([*first, *body]), ""])
    for number, name in enumerate(names):
        text += f"\n\ndef cpu{number}():\n    work({name})\n"
    if "other" in bodies:
        text += f"\n\ndef cpu{count}():\n    other({names[0]})\n"
    return text
