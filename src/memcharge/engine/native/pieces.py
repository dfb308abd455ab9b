# SPDX-License-Identifier: GPL-2.0-only
"""The small functions that the compiled search is made of, as LLVM text."""

from __future__ import annotations

from memcharge.engine.native.text import Text


def broken_text(text: Text, always: list[int]) -> None:
    """`@broken(state, asked)`: which of the asked properties a state breaks, as bits."""
    text.line("define i64 @broken(ptr %s, i64 %asked) {")
    text.line("entry:")
    text.line("%found = alloca i64")
    text.line("store i64 0, ptr %found")
    for number in always:
        bit = text.value(f"and i64 %asked, {1 << number}")
        wanted = text.value(f"icmp ne i64 {bit}, 0")
        ask, after, bad = (text.name(stem) for stem in ("ask", "after", "bad"))
        text.branch(wanted, ask, after)
        text.label(ask)
        holds = text.value(f"call i64 @property{number}(ptr %s)")
        broken = text.value(f"icmp eq i64 {holds}, 0")
        text.branch(broken, bad, after)
        text.label(bad)
        old = text.value("load i64, ptr %found")
        new = text.value(f"or i64 {old}, {1 << number}")
        text.line(f"store i64 {new}, ptr %found")
        text.line(f"br label %{after}")
        text.label(after)
    text.line("%result = load i64, ptr %found")
    text.line("ret i64 %result")
    text.line("}")


def hash_text(text: Text, words: int) -> None:
    text.line("define internal i64 @hash(ptr %s) alwaysinline {")
    text.line("entry:")
    mixed = "7046029254386353131"
    for word in range(words):
        address = text.value(f"getelementptr i64, ptr %s, i64 {word}")
        value = text.value(f"load i64, ptr {address}")
        both = text.value(f"xor i64 {mixed}, {value}")
        product = text.value(f"mul i64 {both}, -7046029254386353131")
        high = text.value(f"lshr i64 {product}, 32")
        mixed = text.value(f"xor i64 {product}, {high}")
    product = text.value(f"mul i64 {mixed}, -4417276706812531889")
    high = text.value(f"lshr i64 {product}, 29")
    text.line(f"ret i64 {text.value(f'xor i64 {product}, {high}')}")
    text.line("}")


def same_text(text: Text, words: int) -> None:
    text.line("define internal i1 @same(ptr %a, ptr %b) alwaysinline {")
    text.line("entry:")
    differ = "0"
    for word in range(words):
        left = text.value(f"getelementptr i64, ptr %a, i64 {word}")
        right = text.value(f"getelementptr i64, ptr %b, i64 {word}")
        one, two = text.value(f"load i64, ptr {left}"), text.value(f"load i64, ptr {right}")
        apart = text.value(f"xor i64 {one}, {two}")
        differ = text.value(f"or i64 {differ}, {apart}")
    text.line(f"ret i1 {text.value(f'icmp eq i64 {differ}, 0')}")
    text.line("}")


def state_at(text: Text, base: str, number: str, words: int) -> str:
    """The address of a state by number."""
    first = text.value(f"mul i64 {number}, {words}")
    return text.value(f"getelementptr i64, ptr {base}, i64 {first}")


def copy_state(text: Text, source: str, target: str, words: int) -> None:
    for word in range(words):
        from_address = text.value(f"getelementptr i64, ptr {source}, i64 {word}")
        value = text.value(f"load i64, ptr {from_address}")
        to_address = text.value(f"getelementptr i64, ptr {target}, i64 {word}")
        text.line(f"store i64 {value}, ptr {to_address}")
