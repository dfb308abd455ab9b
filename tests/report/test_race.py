# SPDX-License-Identifier: GPL-2.0-only
"""The diagram never overflows, loses no name, and shows what matters."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memcharge.report.check import check_text
from memcharge.report.race import RaceOptions, race_text
from memcharge.report.relevance import chosen
from memcharge.report.rows import said
from memcharge.report.witness import alike, witnesses
from memcharge.trace import Access, Broken, Call, Record, Step
from memcharge.trace.witness import breaking, cpus_needed
from tests.report.records import alone, one_edition, race, result, run

NAMES = st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=60)
PLACES = st.sampled_from([
    "page._mapcount.counter", "memcg.stat.count[FILE_MAPPED]", "newpage.page_cgroup.PCG_USED",
    "page.PG_locked", "memcg.res.usage", "queue.head", "x" * 90,
])  # fmt: skip
KINDS = st.sampled_from(["read", "write", "wait", "choose", "warn", "bug", "test"])
VALUES = st.sampled_from(["0", "1", "-1", "True", "None", "newpage"])


@st.composite
def calls(draw: st.DrawFn) -> tuple[Call, ...]:
    names = draw(st.lists(NAMES, min_size=1, max_size=12))
    numbers = st.integers(1, 30)
    return tuple(Call(draw(numbers), n, f"{n}({draw(NAMES)}, {draw(NAMES)})") for n in names)


ACCESSES = st.builds(
    Access, KINDS, calls(), st.just("rmap.py"), st.integers(1, 999), st.text(max_size=70),
    PLACES, VALUES, VALUES,
)  # fmt: skip
STEPS = st.builds(
    Step, st.integers(0, 3), st.just(0), st.lists(ACCESSES, min_size=1, max_size=3).map(tuple)
)
BROKEN = st.builds(
    Broken, NAMES, st.text(max_size=200), st.sampled_from(["Sometimes", "Always", "Incomplete"]),
    st.integers(1, 200), st.integers(0, 30), st.just("0x3 1:1 2x4 3x11 " * 8),
    st.sampled_from(["always", "at_end"]), st.none() | st.integers(0, 9),
    st.text(max_size=200), st.lists(PLACES, max_size=3).map(tuple),
    st.dictionaries(PLACES, VALUES, max_size=4), st.lists(STEPS, max_size=14).map(tuple),
)  # fmt: skip
OPTIONS = st.builds(
    RaceOptions, st.sampled_from(["cpus", "functions"]), st.booleans(), st.booleans(),
    st.booleans(), st.sampled_from([40, 50, 72]), st.sampled_from(["commit", "markdown"]),
)  # fmt: skip


@given(broken=BROKEN, options=OPTIONS, scenario=NAMES)
def test_a_diagram_keeps_its_width(broken: Broken, options: RaceOptions, scenario: str) -> None:
    text = race_text(broken, "v2_6_34", scenario, options)
    assert text.isascii()
    assert max(map(len, text.splitlines())) <= options.width


@given(found=st.lists(BROKEN, min_size=1, max_size=7), full=st.booleans(), name=NAMES)
def test_the_check_screen_keeps_80_columns(found: list[Broken], full: bool, name: str) -> None:
    results = [result(f"{name}@file", "Sometimes", (b,), 10**6) for b in found]
    record = Record((run("v2_6_34", *results), run(name, *results)))
    text = check_text(record, written="memcharge-run.json", full=full)
    assert text.isascii()
    told = [line for line in text.splitlines() if not line.startswith("    ")]
    assert max(map(len, told)) <= 80


def test_a_wrapped_name_is_whole_when_joined() -> None:
    long = "a_function_with_a_name_that_no_column_of_a_diagram_can_hold_in_one_line"
    call = Call(50, long, f"{long}()")
    broken = replace(race(), trace=tuple(
        replace(step, accesses=tuple(
            replace(a, calls=(*a.calls[:2], call)) for a in step.accesses
        )) for step in race().trace
    ))  # fmt: skip
    text = race_text(broken, "v2_6_34", "migrate+munmap@file", RaceOptions(width=40))
    assert long in re.sub(r"\s", "", text)


def test_the_breaking_step_is_marked_once() -> None:
    text = race_text(race(), "v2_6_34", "migrate+munmap@file")
    assert text.count("<<<") == 1
    assert "[memcg FILE_MAPPED 0 -> -1]  <<<" in text


def test_a_mapcount_counts_from_zero_as_people_do() -> None:
    assert "[newpage mapcount 0 -> 1]" in race_text(race(), "v2_6_34", "migrate+munmap@file")


def test_locks_are_rows_only_when_asked_for() -> None:
    assert "lock_page(page)" not in race_text(race(), "e", "s")
    assert race_text(race(), "e", "s", RaceOptions(locks=True)).count("lock_page(page)") == 1


def test_folded_steps_are_counted() -> None:
    assert "8 of 10 steps shown, --all for all" in re.sub(r"\s+", " ", race_text(race(), "e", "s"))
    everything = race_text(race(), "e", "s", RaceOptions(everything=True))
    assert "10 of 10 steps shown)" in re.sub(r"\s+", " ", everything)


def test_one_cpu_gets_one_column() -> None:
    text = race_text(alone(), "e", "s")
    assert "CPU 0" in text
    assert "CPU 1" not in text
    assert "no race is needed" in text


def test_accesses_that_order_the_columns_are_shown() -> None:
    def at(cpu: int, kind: str, place: str, change: str) -> Step:
        old, new = change.split(" ")
        where = (Call(cpu, "actor", "actor()"), Call(9 + cpu, "work", "work()"))
        return Step(cpu, 0, (Access(kind, where, "q.py", 1, "", place, old, new),))

    trace = (
        at(0, "read", "q.head", "0 0"), at(0, "write", "q.other", "0 1"),
        at(1, "write", "q.head", "0 1"), at(0, "write", "q.sum", "0 1"),
    )  # fmt: skip
    broken = replace(race(), trace=trace, reads=("q.sum",), schedule="0x2 1x1 0x1")
    shown = [moment.access.place for moment in chosen(broken)]
    assert shown == ["q.head", "q.head", "q.sum"]


@pytest.mark.parametrize(
    ("text", "truth", "expected"),
    [
        ("PageCgroupUsed(pc)", "true", "PageCgroupUsed(pc) is true"),
        ("not PageCgroupUsed(pc)", "true", "PageCgroupUsed(pc) is false"),
        ("not a(x) and b(x)", "false", "not a(x) and b(x) is false"),
        ("not mapped", "false", "mapped is true"),
        ("mem is not None", "false", "mem is NULL"),
        ("page.mapping is None", "false", "page.mapping is not NULL"),
        ("rc == -EAGAIN", "false", "rc != -EAGAIN"),
        ("a == 1 and b != 2", "true", "a == 1 and b != 2 is true"),
    ],
)
def test_a_decision_is_told_by_its_truth(text: str, truth: str, expected: str) -> None:
    assert said(Access("test", (), "f.py", 1, text, "", "", truth)) == expected


def test_a_schedule_that_breaks_nothing_says_so() -> None:
    text = race_text(replace(race(), property="", reads=(), observed={}), "e", "migrate@file")
    assert "breaks no property" in text
    assert "BUG" not in text


def test_a_record_without_traces_is_still_told() -> None:
    text = race_text(replace(race(), trace=()), "e", "s")
    assert "no trace" in text
    assert "0x7 1x3" in text


def test_cpus_are_counted_from_the_trace_or_the_schedule() -> None:
    assert cpus_needed(race()) == 2
    assert cpus_needed(replace(race(), trace=())) == 2
    assert cpus_needed(alone()) == 1


def test_a_finding_breaks_where_it_is_found() -> None:
    finding = Access("bug", (Call(1, "f", "f()"),), "f.py", 3, "BUG_ON(x)")
    trace = (*race().trace, Step(1, 0, (finding,)))
    moment = breaking(replace(race(), property="bug_on", reads=(), trace=trace))
    assert moment is not None
    assert moment.access is finding


def test_witnesses_alike_are_told_once_with_the_easiest_first() -> None:
    hard = replace(race(), switches=3)
    record = Record((
        run("a", result("x@file", "Sometimes", (hard,)), result("y@file", "Sometimes", (race(),))),
        run("b", result("x@file", "Sometimes", (hard,))),
    ))  # fmt: skip
    numbers = [[w.number for w in group] for group in alike(witnesses(record))]
    assert numbers == [[2, 1], [3]]
    assert "also in  x@file Sometimes" in check_text(record)


def test_expected_and_differing_verdicts_are_judged() -> None:
    assert "As expected: 3 verdicts as pinned." in check_text(one_edition())
    odd = replace(result("x@file", "Never"), expected="Always")
    text = check_text(Record((run("a", odd),)))
    assert "Differs from the pinned verdict:\n  a x@file: pinned Always, found Never" in text


def test_a_deadlock_tells_where_each_cpu_stopped() -> None:
    stuck = replace(race(), property="deadlock", reads=(), observed={})
    text = check_text(Record((run("a", result("migrate+munmap@file", "Sometimes", (stuck,))),)))
    assert "no CPU can go on; the last step of each:" in text
    assert "CPU 0 (migrate): in __mem_cgroup_commit_charge(), memcontrol.py:80" in text
    assert "CPU 1 (munmap): in mem_cgroup_update_file_mapped()" in text


def step(cpu: int, *accesses: Access) -> Step:
    return Step(cpu, 0, accesses)


def test_the_decision_not_to_count_is_shown() -> None:
    def update(number: int) -> tuple[Call, ...]:
        return (Call(1, "actor", "actor()"), Call(number, "update", f"update({number})"))

    def change(old: str, new: str) -> Access:
        return Access("write", update(2), "m.py", 5, "x", "memcg.count", old, new)

    trace = (
        step(0, Access("test", update(2), "m.py", 4, "mem is None", "", "", "false")),
        step(0, change("0", "1")),
        step(0, Access("test", update(3), "m.py", 4, "mem is None", "", "", "true")),
    )
    broken = replace(race(), trace=trace, reads=("memcg.count",), schedule="0x3", observed={})
    text = race_text(broken, "e", "s")
    assert "update(3)\n    mem is NULL" in text
    assert "mem is not NULL" not in text


def test_calls_that_only_pass_on_are_left_out() -> None:
    names = ("actor", "outer", "middle", "inner")
    calls = tuple(Call(number, name, f"{name}()") for number, name in enumerate(names))
    access = Access("write", calls, "m.py", 5, "x", "memcg.count", "0", "1")
    broken = replace(race(), trace=(step(0, access),), reads=("memcg.count",), observed={})
    assert "middle" not in race_text(broken, "e", "s")
    assert "middle" in race_text(broken, "e", "s", RaceOptions(everything=True))


def test_the_vocabulary_is_told_by_what_it_changes() -> None:
    calls = (Call(1, "actor", "actor()"), Call(2, "count", "count()"), Call(3, "add", "add(x, 1)"))
    access = Access("write", calls, "kernel/atomics.py", 5, "v += 1", "memcg.count", "0", "1")
    broken = replace(race(), trace=(step(0, access),), reads=("memcg.count",), observed={})
    assert "add(x, 1)" not in race_text(broken, "e", "s")
    text = check_text(Record((run("e", result("s@file", "Sometimes", (broken,))),)))
    assert "  in count()\n" in text
    assert "    add(x, 1)\n" in text
