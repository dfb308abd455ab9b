# SPDX-License-Identifier: GPL-2.0-only
"""Spinlocks, mutexes and rw-semaphores.

Taking a lock is one step that is possible only while the lock is free, so a
CPU that waits makes no states of its own and a cycle of waits is a deadlock.
Under plain Python waiting raises WouldBlock; dropping a lock that is not held is
a KernelBug.
"""

from __future__ import annotations

from memcharge.kernel.flow import BUG_ON, atomic, wait_until
from memcharge.kernel.struct import Struct, flag, uint


class SpinLock(Struct):
    """spinlock_t."""

    locked: bool = flag()


class Mutex(Struct):
    """struct mutex."""

    locked: bool = flag()


class RwSem(Struct):
    """struct rw_semaphore: readers counted, one writer."""

    readers: int = uint(2)
    writer: bool = flag()


def spin_lock(lock: SpinLock) -> None:
    with atomic():
        wait_until(not lock.locked)
        lock.locked = True


def spin_unlock(lock: SpinLock) -> None:
    with atomic():
        BUG_ON(not lock.locked)
        lock.locked = False


def mutex_lock(lock: Mutex) -> None:
    with atomic():
        wait_until(not lock.locked)
        lock.locked = True


def mutex_unlock(lock: Mutex) -> None:
    with atomic():
        BUG_ON(not lock.locked)
        lock.locked = False


def down_read(sem: RwSem) -> None:
    with atomic():
        wait_until(not sem.writer)
        sem.readers += 1


def down_read_trylock(sem: RwSem) -> bool:
    """Become a reader unless somebody writes; true if so."""
    with atomic():
        taken = not sem.writer
        if taken:
            sem.readers += 1
    return taken


def up_read(sem: RwSem) -> None:
    with atomic():
        BUG_ON(sem.readers == 0)
        sem.readers -= 1


def down_write(sem: RwSem) -> None:
    with atomic():
        wait_until(not sem.writer and sem.readers == 0)
        sem.writer = True


def up_write(sem: RwSem) -> None:
    with atomic():
        BUG_ON(not sem.writer)
        sem.writer = False
