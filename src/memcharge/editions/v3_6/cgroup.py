# SPDX-License-Identifier: GPL-2.0-only
"""References to a group's state, since 3.5 counted below zero in a removed group (kernel/cgroup.c).

To take the last reference away is to take a large number off the count, here to
set it to zero as before.  Nothing is asserted of the count any more.
"""

from memcharge.editions.v2_6_34.cgroup import cgroup_wakeup_rmdir_waiter
from memcharge.kernel import *


def __css_put(css: CgroupSubsysState, count: int) -> None:
    """Drop references; whoever drops the last but the group's own wakes rmdir.

    The kernel drops them one by one.
    """
    cgrp = css.cgroup
    rcu_read_lock()
    with atomic():
        css.refcnt.counter -= count
        val = css.refcnt.counter
    if val == 1:
        cgroup_wakeup_rmdir_waiter(cgrp)
    rcu_read_unlock()
