# SPDX-License-Identifier: GPL-2.0-only
"""Usage and limit of one resource (kernel/res_counter.c).

A counter changes under its own innermost lock, so each change is one step.
"""

from memcharge.kernel import *


def res_counter_charge(counter: ResCounter, val: int) -> int:
    """Add `val` to the usage if the limit allows; 0 or -ENOMEM."""
    ret = 0
    with atomic():
        if counter.usage + val > counter.limit:
            counter.failcnt = 1
            ret = -ENOMEM
        else:
            counter.usage += val
    return ret


def res_counter_uncharge(counter: ResCounter, val: int) -> None:
    """Take `val` off the usage.

    The kernel warns and stops at zero; the warning is what a check must see,
    for the clamped number hides it.
    """
    with atomic():
        taken = val
        if WARN_ON(counter.usage < val):
            taken = counter.usage
        counter.usage -= taken


def res_counter_check_under_limit(counter: ResCounter) -> bool:
    with atomic():
        under = counter.usage < counter.limit
    return under
