# SPDX-License-Identifier: GPL-2.0-only
"""The queued spinlock: a lock word with a pending bit, and MCS nodes behind it.

The first waiter spins on the lock word and says so in the pending bit; later
ones queue, each behind the node of the one before, and spin on their own node.
The tail in the lock word names the last of the queue.  Each CPU has one node:
nobody takes the lock in an interrupt.
"""

from __future__ import annotations

from memcharge.kernel import *

PROVENANCE = (
    'the scheme of a33fda35e3a7 ("locking/qspinlock: Introduce a simple generic 4-byte queued '
    'spinlock") (in v4.2), with the pending bit that followed'
)

LOCKED = 1
PENDING = 2
LOCKED_PENDING = 3
TAIL_SHIFT = 2


class McsNode(Struct):
    """struct mcs_spinlock: one waiter's place in the queue."""

    locked: bool = flag()
    next: McsNode | None = ref("McsNode")


class Qspinlock(Struct):
    """struct qspinlock: bit 0 is locked, bit 1 pending, above them the tail."""

    val: int = uint(5)


class Cpu(Struct):
    """A CPU, its node, and whether it is where only one may be."""

    node: McsNode = link("McsNode")
    inside: bool = flag()


lock = the("lock", Qspinlock)

SCENARIOS = {
    "two_cpus_twice": ("twice(cpu0)", "twice(cpu1)"),
    "three_cpus_twice": ("twice(cpu0)", "twice(cpu1)", "twice(cpu2)"),
    "three_cpus_forever": ("forever(cpu0)", "forever(cpu1)", "forever(cpu2)"),
    "four_cpus_twice": ("twice(cpu0)", "twice(cpu1)", "twice(cpu2)", "twice(cpu3)"),
    "four_cpus_forever": ("forever(cpu0)", "forever(cpu1)", "forever(cpu2)", "forever(cpu3)"),
}
ALWAYS = ("mutual_exclusion",)
AT_END = ("the_lock_is_left_as_it_was_found",)


def start() -> None:
    Qspinlock("lock")
    Cpu("cpu0", node=McsNode("node0"))
    Cpu("cpu1", node=McsNode("node1"))
    Cpu("cpu2", node=McsNode("node2"))
    Cpu("cpu3", node=McsNode("node3"))


# --- the lock word ------------------------------------------------------------------


def cmpxchg_val(old: int, new: int) -> int:
    with atomic():
        found = lock.val
        if found == old:
            lock.val = new
    return found


def fetch_set_pending() -> int:
    with atomic():
        found = lock.val
        lock.val = found | PENDING
    return found


def clear_pending() -> None:
    with atomic():
        lock.val &= ~PENDING


def clear_pending_set_locked() -> None:
    """The two low bytes are written at once; the tail stays."""
    with atomic():
        lock.val = (lock.val & ~LOCKED_PENDING) | LOCKED


def set_locked() -> None:
    with atomic():
        lock.val |= LOCKED


def xchg_tail(tail: int) -> int:
    """Make this the tail; the lock word as it was."""
    with atomic():
        found = lock.val
        lock.val = (found & LOCKED_PENDING) | tail << TAIL_SHIFT
    return found


def wait_until_not_locked() -> None:
    with atomic():
        wait_until(lock.val & LOCKED == 0)


def wait_until_head_may_take_it() -> int:
    """Neither an owner nor a pending waiter is left; the lock word then."""
    with atomic():
        wait_until(lock.val & LOCKED_PENDING == 0)
        found = lock.val
    return found


# --- the nodes ------------------------------------------------------------------------


def wait_until_handed_over(node: McsNode) -> None:
    with atomic():
        wait_until(node.locked)


def wait_until_next(node: McsNode) -> McsNode:
    with atomic():
        wait_until(node.next is not None)
        found = node.next
    return found


# --- the lock -------------------------------------------------------------------------


def queued_spin_lock(node: McsNode) -> None:
    val = cmpxchg_val(0, LOCKED)
    if val != 0:
        queued_spin_lock_slowpath(node, val)


def queued_spin_lock_slowpath(node: McsNode, val: int) -> None:
    if val == PENDING:
        # The pending waiter is about to become the owner; look once more.
        val = lock.val
    if val & ~LOCKED == 0:
        val = fetch_set_pending()
        if val & ~LOCKED == 0:
            if val & LOCKED != 0:
                wait_until_not_locked()
            clear_pending_set_locked()
            return
        # Somebody else waits already: take back only a bit that was set here.
        if val & PENDING == 0:
            clear_pending()
    queue(node)


def queue(node: McsNode) -> None:
    tail = index_of(node)
    node.locked = False
    node.next = None
    if cmpxchg_val(0, LOCKED) == 0:
        return
    old = xchg_tail(tail) >> TAIL_SHIFT
    if old != 0:
        before = object_at(McsNode, old)
        before.next = node
        wait_until_handed_over(node)
    val = wait_until_head_may_take_it()
    if val >> TAIL_SHIFT == tail:
        # The last of the queue: if that is still so, nobody is left to hand over to.
        if cmpxchg_val(val, LOCKED) == val:
            return
    set_locked()
    after = wait_until_next(node)
    after.locked = True


def queued_spin_unlock() -> None:
    with atomic():
        lock.val &= ~LOCKED


# --- who takes it -----------------------------------------------------------------------


def once(cpu: Cpu) -> None:
    queued_spin_lock(cpu.node)
    cpu.inside = True
    cpu.inside = False
    queued_spin_unlock()


def twice(cpu: Cpu) -> None:
    once(cpu)
    once(cpu)


def forever(cpu: Cpu) -> None:
    while True:
        once(cpu)


# --- what must hold -----------------------------------------------------------------------


def mutual_exclusion() -> bool:
    """At most one CPU is inside."""
    inside = 0
    for cpu in each(Cpu):
        if cpu.inside:
            inside += 1
    return inside <= 1


def the_lock_is_left_as_it_was_found() -> bool:
    """When everybody has left, the lock word is zero.

    Whoever comes next would otherwise wait for somebody who has gone.
    """
    return lock.val == 0
