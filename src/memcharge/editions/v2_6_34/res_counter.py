# SPDX-License-Identifier: GPL-2.0-only
"""Usage and limit of one resource (kernel/res_counter.c).

A charge goes up to the parents, one after another.  Each counter changes under
its own innermost lock, so each change is one step.  Interrupts are off all the
way, which no grace period outlasts; so to look for the parent belongs to that
step: it cannot come too late.
"""

from memcharge.kernel import *


def res_counter_charge(counter: ResCounter, val: int) -> tuple[int, ResCounter | None]:
    """Add `val` to the usage here and above: 0, or -ENOMEM and whose limit forbids it.

    What was added below that one is taken off again.
    """
    c: ResCounter | None = counter
    while c is not None:
        with atomic():
            full = c.usage + val > c.limit
            if full:
                c.failcnt = 1
            else:
                c.usage += val
                if config.max_usage and c.usage > c.max_usage:
                    c.max_usage = c.usage
            above = c.parent
        if full:
            break
        c = above
    if c is None:
        return 0, None
    u = counter
    while u is not c:
        with atomic():
            res_counter_uncharge_locked(u, val)
            above = u.parent
        u = above
    return -ENOMEM, c


def res_counter_uncharge_locked(counter: ResCounter, val: int) -> None:
    """Take `val` off the usage of this counter alone.

    The kernel warns and stops at zero; the warning is what a check must see,
    for the clamped number hides it.
    """
    with atomic():
        taken = val
        if WARN_ON(counter.usage < val):
            taken = counter.usage
        counter.usage -= taken


def res_counter_uncharge(counter: ResCounter, val: int) -> None:
    """Take `val` off the usage here and above."""
    c: ResCounter | None = counter
    while c is not None:
        with atomic():
            res_counter_uncharge_locked(c, val)
            above = c.parent
        c = above


def res_counter_check_under_limit(counter: ResCounter) -> bool:
    with atomic():
        under = counter.usage < counter.limit
    return under
