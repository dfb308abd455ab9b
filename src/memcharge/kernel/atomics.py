# SPDX-License-Identifier: GPL-2.0-only
"""atomic_t and per-CPU counters: each call is one shared access.

A per-CPU counter is modelled by its sum.  That is exact as long as nothing
interrupts the read-modify-write on its own CPU; the table in
memcharge.editions.standins says so, and what else is not the kernel's own.
A result that does not fit the counter's declared width is a WidthError.
"""

from __future__ import annotations

from memcharge.kernel.flow import atomic
from memcharge.kernel.struct import Struct, array, sint


class Atomic(Struct):
    """atomic_t; the struct that embeds one declares the width of its counter."""

    counter: int = sint(8)


class PerCpuCounts(Struct):
    """A per-CPU array of signed counters, as in struct mem_cgroup_stat_cpu; sums only."""

    count: list[int] = array(4, sint(4))


def atomic_read(v: Atomic) -> int:
    return v.counter


def atomic_set(v: Atomic, i: int) -> None:
    v.counter = i


def atomic_inc(v: Atomic) -> None:
    with atomic():
        v.counter += 1


def atomic_dec(v: Atomic) -> None:
    with atomic():
        v.counter -= 1


def atomic_inc_and_test(v: Atomic) -> bool:
    """Add one; true if the result is zero, as for a mapcount that starts at -1."""
    with atomic():
        v.counter += 1
        result = v.counter
    return result == 0


def atomic_dec_and_test(v: Atomic) -> bool:
    """Subtract one; true if the result is zero."""
    with atomic():
        v.counter -= 1
        result = v.counter
    return result == 0


def atomic_add_negative(i: int, v: Atomic) -> bool:
    """Add `i`; true if the result is below zero."""
    with atomic():
        v.counter += i
        result = v.counter
    return result < 0


def atomic_inc_not_zero(v: Atomic) -> bool:
    """Add one unless the counter is zero; true if added."""
    with atomic():
        taken = v.counter != 0
        if taken:
            v.counter += 1
    return taken


def atomic_cmpxchg(v: Atomic, old: int, new: int) -> int:
    """Store `new` if the counter is `old`; the value found, either way."""
    with atomic():
        found = v.counter
        if found == old:
            v.counter = new
    return found


def __this_cpu_add(stat: PerCpuCounts, idx: int, val: int) -> None:
    """Add `val`, which may be negative, to counter `idx`."""
    with atomic():
        stat.count[idx] += val
