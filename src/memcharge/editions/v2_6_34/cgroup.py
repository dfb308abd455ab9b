# SPDX-License-Identifier: GPL-2.0-only
"""References to a group's state, tasks that change their group, and rmdir (kernel/cgroup.c).

rmdir needs the references to be back at one.  As long as they are not it
sleeps, with a flag set in the group; whoever drops the last one, or ends what
cgroup_exclude_rmdir() began, clears the flag, and rmdir starts all over.  An
open file of a removed group keeps the group's state from being freed, and from
nothing else.
"""

from typing import TYPE_CHECKING

from memcharge.kernel import *

if TYPE_CHECKING:
    from memcharge.editions.v2_6_34.memcontrol import mem_cgroup_from_task
    from memcharge.editions.v2_6_34.memcontrol_group import (
        mem_cgroup_destroy,
        mem_cgroup_pre_destroy,
    )
    from memcharge.editions.v2_6_34.memcontrol_move import (
        mem_cgroup_can_attach,
        mem_cgroup_move_task,
    )


def cgroup_wakeup_rmdir_waiter(cgrp: Cgroup) -> None:
    """Let rmdir look again, if it waits or is about to: it waits for the flag to go."""
    cgrp.CGRP_WAIT_ON_RMDIR = False


def __css_get(css: CgroupSubsysState, count: int) -> None:
    with atomic():
        css.refcnt.counter += count


def css_get(css: CgroupSubsysState) -> None:
    """Take a reference; the root's state is not counted."""
    if not css.CSS_ROOT:
        __css_get(css, 1)


def css_is_removed(css: CgroupSubsysState) -> bool:
    return css.CSS_REMOVED


def css_tryget(css: CgroupSubsysState) -> bool:
    """Take a reference unless the group was removed; true if taken."""
    if css.CSS_ROOT:
        return True
    while not atomic_inc_not_zero(css.refcnt):
        if css.CSS_REMOVED:
            return False
    return True


def __css_put(css: CgroupSubsysState, count: int) -> None:
    """Drop references; below one, somebody dropped what he did not take."""
    cgrp = css.cgroup
    rcu_read_lock()
    with atomic():
        WARN_ON(css.refcnt.counter <= count)
        css.refcnt.counter -= count
        val = css.refcnt.counter
    if val == 1:
        cgroup_wakeup_rmdir_waiter(cgrp)
    rcu_read_unlock()


def css_put(css: CgroupSubsysState) -> None:
    if not css.CSS_ROOT:
        __css_put(css, 1)


def cgroup_exclude_rmdir(css: CgroupSubsysState) -> None:
    """Keep rmdir away while a group without tasks is charged (887032670d47)."""
    css_get(css)


def cgroup_release_and_wakeup_rmdir(css: CgroupSubsysState) -> None:
    """End what cgroup_exclude_rmdir() began; rmdir has to empty the group again."""
    cgroup_wakeup_rmdir_waiter(css.cgroup)
    css_put(css)


def css_id(css: CgroupSubsysState) -> int:
    return css.id


def css_is_ancestor(child: MemCgroup, root: MemCgroup) -> bool:
    """Whether `root` is `child` or a group above it.

    The kernel takes the two states and compares their ids' places in the tree.
    """
    cgrp = child.css.cgroup
    while cgrp is not None and cgrp.memcg is not root:
        cgrp = cgrp.parent
    return cgrp is not None


def cgroup_task_count(cgrp: Cgroup) -> int:
    return atomic_read(cgrp.count)


def cgroup_is_empty(cgrp: Cgroup) -> bool:
    """Whether no task and no other group is below the directory."""
    return cgroup_task_count(cgrp) == 0 and cgrp.children == 0


def cgroup_clear_css_refs(cgrp: Cgroup) -> bool:
    """Take the last reference away, so that css_tryget() fails; false if others hold one.

    Where there are more subsystems, the kernel goes through them all first, and
    css_tryget() spins meanwhile.
    """
    mem = cgrp.memcg
    while True:
        refcnt = atomic_read(mem.css.refcnt)
        if refcnt > 1:
            return False
        BUG_ON(refcnt == 0)
        if atomic_cmpxchg(mem.css.refcnt, refcnt, 0) == refcnt:
            break
    mem.css.CSS_REMOVED = True
    return True


def cgroup_diput(cgrp: Cgroup) -> None:
    """The directory is gone; wait for those who look at the group without a reference."""
    synchronize_rcu()
    mutex_lock(cgroup_mutex)
    mem_cgroup_destroy(cgrp)
    mutex_unlock(cgroup_mutex)


def dput(cgrp: Cgroup) -> None:
    """Drop a reference to the directory's dentry; with the last one the group goes."""
    if atomic_dec_and_test(cgrp.d_count):
        cgroup_diput(cgrp)


def cgroup_is_removed(cgrp: Cgroup) -> bool:
    return cgrp.CGRP_REMOVED


def cgroup_file_open(cgrp: Cgroup) -> bool:
    """Open a file of the group; its dentry keeps the directory's.  False if it is gone."""
    with atomic():
        opened = not cgrp.CGRP_REMOVED
        if opened:
            cgrp.d_count.counter += 1
    return opened


def cgroup_rmdir(cgrp: Cgroup) -> int:
    """Remove a group without tasks and groups below; 0, -EBUSY or -EINTR."""
    while True:
        mutex_lock(cgroup_mutex)
        empty = cgroup_is_empty(cgrp)
        mutex_unlock(cgroup_mutex)
        if not empty:
            return -EBUSY
        # From here on, who might keep us out clears the flag.
        cgrp.CGRP_WAIT_ON_RMDIR = True
        ret = mem_cgroup_pre_destroy(cgrp)
        if ret != 0:
            cgrp.CGRP_WAIT_ON_RMDIR = False
            return ret
        mutex_lock(cgroup_mutex)
        if not cgroup_is_empty(cgrp):
            cgrp.CGRP_WAIT_ON_RMDIR = False
            mutex_unlock(cgroup_mutex)
            return -EBUSY
        if cgroup_clear_css_refs(cgrp):
            break
        mutex_unlock(cgroup_mutex)
        with atomic():
            wait_until(not cgrp.CGRP_WAIT_ON_RMDIR or signal_pending(current))
        cgrp.CGRP_WAIT_ON_RMDIR = False
        if signal_pending(current):
            return -EINTR
    cgrp.CGRP_WAIT_ON_RMDIR = False
    cgrp.CGRP_REMOVED = True
    cgrp.parent.children -= 1
    mutex_unlock(cgroup_mutex)
    dput(cgrp)
    return 0


def cgroup_attach_task(cgrp: Cgroup, tsk: TaskStruct) -> int:
    """Make the group that of the task, with cgroup_mutex held; 0 or why not.

    The old group counts the task until nobody can still see it there.
    """
    oldcgrp = mem_cgroup_from_task(tsk).css.cgroup
    if cgrp is oldcgrp:
        return 0
    retval = mem_cgroup_can_attach(cgrp.memcg, tsk)
    if retval != 0:
        return retval
    atomic_inc(cgrp.count)
    tsk.mem_cgroup = cgrp.memcg
    mem_cgroup_move_task(tsk)
    synchronize_rcu()
    atomic_dec(oldcgrp.count)
    # An rmdir that is under way has to see that the group has a task now.
    cgroup_wakeup_rmdir_waiter(cgrp)
    return 0


def attach_task_by_pid(cgrp: Cgroup, tsk: TaskStruct) -> int:
    """Somebody writes a task's number to the group's file of tasks; 0 or why not."""
    mutex_lock(cgroup_mutex)
    retval = -ENODEV
    if not cgrp.CGRP_REMOVED:
        retval = cgroup_attach_task(cgrp, tsk)
    mutex_unlock(cgroup_mutex)
    return retval
