# SPDX-License-Identifier: GPL-2.0-only
"""References to a group's state (include/linux/cgroup.h, kernel/cgroup.c)."""

from memcharge.kernel import *


def css_get(css: CgroupSubsysState) -> None:
    """Take a reference; the root's state is not counted."""
    if not css.CSS_ROOT:
        atomic_inc(css.refcnt)


def css_tryget(css: CgroupSubsysState) -> bool:
    """Take a reference unless the group was removed; true if taken."""
    if css.CSS_ROOT:
        return True
    while not atomic_inc_not_zero(css.refcnt):
        if css.CSS_REMOVED:
            return False
    return True


def css_put(css: CgroupSubsysState) -> None:
    """Drop a reference; below one, somebody dropped what he did not take."""
    if not css.CSS_ROOT:
        with atomic():
            WARN_ON(css.refcnt.counter <= 1)
            css.refcnt.counter -= 1


def cgroup_exclude_rmdir(css: CgroupSubsysState) -> None:
    """Keep rmdir away while a group without tasks is charged (887032670d47)."""
    css_get(css)


def cgroup_release_and_wakeup_rmdir(css: CgroupSubsysState) -> None:
    """End what cgroup_exclude_rmdir() began; there is no rmdir yet to wake."""
    css_put(css)
