# SPDX-License-Identifier: GPL-2.0-only
"""References to a group's state, rmdir, and tasks that change their group (kernel/cgroup.c).

rmdir waits for nobody: it makes the group dead, so that no task and no charge
finds it any more, and leaves the rest to kernel threads.  One of them has the
memory controller empty the group and drops the group's own reference; the one
that the last reference calls frees it.  Here both go on where rmdir ran.
"""

from memcharge.editions.v2_6_34.cgroup import cgroup_is_empty, css_id
from memcharge.editions.v2_6_34.memcontrol import mem_cgroup_from_task
from memcharge.editions.v2_6_34.memcontrol_group import parent_mem_cgroup
from memcharge.editions.v3_17.memcontrol_group import mem_cgroup_css_free, mem_cgroup_css_offline
from memcharge.editions.v3_17.memcontrol_move import mem_cgroup_can_attach, mem_cgroup_move_task
from memcharge.kernel import *


def css_tryget(css: CgroupSubsysState) -> bool:
    """Take a reference unless there is none any more; true if taken."""
    if css.CSS_ROOT:
        return True
    return atomic_inc_not_zero(css.refcnt)


def css_tryget_online(css: CgroupSubsysState) -> bool:
    """Take a reference unless the group was removed; true if taken."""
    if css.CSS_ROOT:
        return True
    with atomic():
        taken = not css.CSS_REMOVED
        if taken:
            css.refcnt.counter += 1
    return taken


def __css_put(css: CgroupSubsysState, count: int) -> None:
    """Drop references.  As long as the group has its own, that one is not among them.

    The kernel counts on each CPU for itself until then, and does not see it.
    """
    with atomic():
        left = css.refcnt.counter - count
        WARN_ON(left < 0 or (left == 0 and not css.CSS_REMOVED))
        css.refcnt.counter = left


def kernfs_get_active(cgrp: Cgroup) -> bool:
    """Enter a file of the group, which keeps the group from removal; false if that has begun."""
    with atomic():
        entered = not cgrp.CGRP_REMOVED
        if entered:
            cgrp.active.counter += 1
    return entered


def kernfs_put_active(cgrp: Cgroup) -> None:
    atomic_dec(cgrp.active)


def kernfs_drain(cgrp: Cgroup) -> None:
    """Wait for those who are in a file of the group."""
    with atomic():
        wait_until(cgrp.active.counter == 0)


def kill_css(css: CgroupSubsysState) -> None:
    """Take the group's files away; from then on css_tryget_online() fails."""
    kernfs_drain(css.cgroup)
    css.CSS_REMOVED = True


def cgroup_destroy_locked(cgrp: Cgroup) -> int:
    """Make a group without tasks and groups below a dead one; 0 or -EBUSY."""
    if not cgroup_is_empty(cgrp):
        return -EBUSY
    cgrp.CGRP_REMOVED = True
    kill_css(cgrp.memcg.css)
    cgrp.parent.children -= 1
    return 0


def css_killed_work_fn(css: CgroupSubsysState) -> None:
    """Nobody finds the group any more: empty it, and drop its own reference."""
    mutex_lock(cgroup_mutex)
    mem_cgroup_css_offline(css.cgroup.memcg)
    mutex_unlock(cgroup_mutex)
    __css_put(css, 1)


def css_free_work_fn(memcg: MemCgroup) -> None:
    """Nobody looks at the group without a reference any more: free it.

    It lets go of the one above, which counts those below in `refcnt` here.
    """
    parent = parent_mem_cgroup(memcg)
    mem_cgroup_css_free(memcg)
    if parent is not None:
        atomic_dec(parent.refcnt)


def css_release_work_fn(css: CgroupSubsysState) -> None:
    """The last reference is gone: take the id away, and free after a grace period."""
    memcg = css.cgroup.memcg
    mutex_lock(cgroup_mutex)
    entry = object_at(CssId, css_id(css))
    entry.css = None
    mutex_unlock(cgroup_mutex)
    synchronize_rcu()
    css_free_work_fn(memcg)


def cgroup_rmdir(cgrp: Cgroup) -> int:
    """Remove a group; 0, -EBUSY or -ENODEV.

    Whoever drops the last reference has a thread release the group.  Here the
    CPU that removed it looks for that once, at any time: what comes later than
    the end of all others makes no difference to them.
    """
    ret = -ENODEV
    mutex_lock(cgroup_mutex)
    if not cgrp.CGRP_REMOVED:
        ret = cgroup_destroy_locked(cgrp)
    mutex_unlock(cgroup_mutex)
    if ret != 0:
        return ret
    css = cgrp.memcg.css
    css_killed_work_fn(css)
    if atomic_read(css.refcnt) == 0:
        css_release_work_fn(css)
    return 0


def cgroup_attach_task(cgrp: Cgroup, tsk: TaskStruct) -> int:
    """Make the group that of the task, with cgroup_mutex held; 0 or why not."""
    oldcgrp = mem_cgroup_from_task(tsk).css.cgroup
    if cgrp is oldcgrp:
        return 0
    retval = mem_cgroup_can_attach(cgrp.memcg, tsk)
    if retval != 0:
        return retval
    # A css_set takes the place of another, under a lock.
    with atomic():
        cgrp.count.counter += 1
        oldcgrp.count.counter -= 1
        tsk.mem_cgroup = cgrp.memcg
    mem_cgroup_move_task(tsk)
    return 0
