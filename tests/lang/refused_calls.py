# SPDX-License-Identifier: GPL-2.0-only
"""Calls and sections outside the language, and the message that each gets."""

from __future__ import annotations

from tests.lang.messages import Case

CALLS = [
    Case(
        "    oen(item)",
        "oen(item)",
        "unknown function 'oen'",
        "neither cpu0 nor its edition defines it",
        "did you mean one?",
    ),
    Case("    one(a=item)", "one", "a keyword argument", "C has none", "pass it by position"),
    Case(
        "    item.lock.take()",
        "item.lock.take()",
        "call of item.lock.take",
        "methods do not exist here; kernel functions take the object first",
        "call a function by its name",
    ),
    Case(
        "    Item(1)",
        "Item(1)",
        "call of Item",
        "only functions of the edition and of memcharge.kernel can be called",
        "call a function",
    ),
    Case(
        "    one(item, 1)",
        "one(item, 1)",
        "2 arguments for one",
        "in this edition it takes 1: a",
        "mend the call, or replace the caller too",
    ),
    Case(
        "    odd(1)",
        "odd(n)",
        "odd calls itself",
        "calls are inlined, so recursion has no end",
        "use a loop",
    ),
    Case(
        "    one(two(item))",
        "two(item)",
        "2 results as an argument",
        "it is not one value",
        "pass a value",
    ),
    Case(
        "def cpu0():\n    f(1)\n\n\ndef f(n=0):\n    pass",
        "def f",
        "parameters with *, / or defaults",
        "C has none",
        "name every parameter and pass every argument",
    ),
    Case(
        "def cpu0():\n    a = f(item)\n\n\ndef f(a):\n    if a.ready:\n        return 1",
        "def f",
        "f can end without returning a value",
        "elsewhere it returns one",
        "end it with a return",
    ),
    Case(
        "def cpu0():\n    f(item)\n\n\ndef f(a):\n    if a.ready:\n        return\n    return 1",
        "return 1",
        "a number returned, and another kind elsewhere",
        "all returns of a function give results of the same kinds",
        "return the same number and kinds of values in each",
    ),
    Case(
        "def cpu0():\n    f(item)\n\n\ndef f(a):\n    if a.ready:\n        return a\n    return 1",
        "return 1",
        "a number returned, and another kind elsewhere",
        "all returns of a function give results of the same kinds",
        "return the same number and kinds of values in each",
    ),
    Case(
        "def cpu0():\n    f(item)\n\n\ndef f(a):\n    if a.ready:\n        return 1\n    return",
        "return",
        "no result returned",
        "all returns of a function give results of the same kinds",
        "return a value in each",
    ),
    Case(
        "def cpu0():\n    f()\n\n\ndef same(f):\n    return f\n\n\n@same\ndef f():\n    pass",
        "same",
        "a decorator",
        "the text of a function must be what runs",
        "leave it out",
    ),
    Case(
        "def cpu0():\n    f()\n\n\nf = (lambda: 0)",
        "f()",
        "<lambda> is not defined at the top of FILE",
        "its text is needed",
        "define it with def",
    ),
    Case(
        "def cpu0(n):\n    pass",
        "def cpu0",
        "0 arguments for cpu0",
        "it takes 1",
        "mend the scenario",
    ),
]

ARGUMENTS = [
    Case(
        "    choose(item.n)",
        "choose",
        "choose() of a number not known when compiled",
        "the alternatives are explored one by one",
        "pass a constant above zero",
    ),
    Case(
        "    choose(0)",
        "choose",
        "choose() of a number not known when compiled",
        "the alternatives are explored one by one",
        "pass a constant above zero",
    ),
    Case(
        "    BUG_ON(1, 2)",
        "BUG_ON",
        "2 arguments for BUG_ON",
        "it takes 1",
        "see the language page",
    ),
    Case("    kfree(1)", "kfree", "kfree of a number", "only objects are freed", "pass one"),
    Case(
        "    a = object_at(item, 1)",
        "item",
        "not a struct",
        "the objects of a struct are meant",
        "did you mean Item?",
    ),
    Case(
        "    a = object_at(Item)",
        "object_at",
        "1 arguments for object_at",
        "it takes 2",
        "see the language page",
    ),
    Case(
        "    a = each(Item)",
        "each",
        "each() outside of a for loop",
        "there are no lists",
        "for x in each(S):",
    ),
    Case(
        "    SetPageLRU(item)",
        "SetPageLRU",
        "SetPageLRU on a pointer to Item",
        "it has no flag PG_lru",
        "pass the page or page_cgroup that has it",
    ),
    Case(
        "    PageLRU(1)",
        "PageLRU",
        "PageLRU on a number",
        "it has no flag PG_lru",
        "pass the page or page_cgroup that has it",
    ),
]

SECTIONS = [
    Case(
        "    wait_until(item.ready)",
        "wait_until",
        "wait_until outside of an indivisible section",
        "another CPU could change the condition before what follows",
        "write it in `with atomic():` together with what it guards",
    ),
    Case(
        "    with atomic():\n        return",
        "return",
        "`return` out of an indivisible section",
        "a section is left at its end, in one place",
        "note the outcome in a local and act on it behind the section",
    ),
    Case(
        "    while item.ready:\n        with atomic():\n            break",
        "break",
        "`break` out of an indivisible section",
        "a section is left at its end, in one place",
        "note the outcome in a local and act on it behind the section",
    ),
    Case(
        "    while item.ready:\n        with atomic():\n            continue",
        "continue",
        "`continue` out of an indivisible section",
        "a section is left at its end, in one place",
        "note the outcome in a local and act on it behind the section",
    ),
    Case(
        "    with item.lock:\n        pass",
        "with",
        "this `with`",
        "only indivisible sections are known",
        "with atomic():",
    ),
    Case(
        "    with atomic() as a:\n        pass",
        "with",
        "this `with`",
        "only indivisible sections are known",
        "with atomic():",
    ),
    Case(
        "    while True:\n        False",
        "while",
        "a loop that does nothing",
        "it never ends",
        "wait with wait_until",
    ),
]
