# SPDX-License-Identifier: GPL-2.0-only
"""What each atomic operation leaves in the counter, and what it returns."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from memcharge.kernel import *
from memcharge.kernel import __this_cpu_add


@pytest.fixture(autouse=True)
def machine() -> Iterator[Machine]:
    with Machine() as made:
        yield made


@pytest.mark.parametrize(
    ("operation", "before", "after", "result"),
    [
        (atomic_read, 5, 5, 5),
        (lambda v: atomic_set(v, 7), 5, 7, None),
        (atomic_inc, -1, 0, None),
        (atomic_dec, 0, -1, None),
        (atomic_inc_and_test, -1, 0, True),
        (atomic_inc_and_test, 0, 1, False),
        (atomic_dec_and_test, 1, 0, True),
        (atomic_dec_and_test, 0, -1, False),
        (lambda v: atomic_add_negative(-1, v), 0, -1, True),
        (lambda v: atomic_add_negative(-1, v), 1, 0, False),
        (atomic_inc_not_zero, 0, 0, False),
        (atomic_inc_not_zero, 1, 2, True),
        (lambda v: atomic_cmpxchg(v, 2, 0), 2, 0, 2),
        (lambda v: atomic_cmpxchg(v, 2, 0), 3, 3, 3),
    ],
)
def test_operation(
    operation: Callable[[Atomic], object], before: int, after: int, result: object
) -> None:
    v = Atomic("v", counter=before)
    assert operation(v) == result
    assert v.counter == after


@pytest.mark.parametrize(("operation", "limit"), [(atomic_inc, 127), (atomic_dec, -128)])
def test_a_counter_does_not_wrap_around(operation: Callable[[Atomic], object], limit: int) -> None:
    v = Atomic("v", counter=limit)
    with pytest.raises(WidthError, match=r"v\.counter: -?12[89] does not fit 8 bits"):
        operation(v)
    assert v.counter == limit


def test_per_cpu_counters_are_apart_and_signed() -> None:
    memcg = MemCgroup("memcg")
    __this_cpu_add(memcg.stat, MEM_CGROUP_STAT_RSS, 2)
    __this_cpu_add(memcg.stat, MEM_CGROUP_STAT_FILE_MAPPED, -1)
    assert list(memcg.stat.count) == [0, 2, -1, 0, 0]
    with pytest.raises(WidthError, match=r"memcg\.stat\.count\[1\]: 8 does not fit 4 bits"):
        __this_cpu_add(memcg.stat, MEM_CGROUP_STAT_RSS, 6)
