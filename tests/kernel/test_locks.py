# SPDX-License-Identifier: GPL-2.0-only
"""Locks on one CPU: taken, dropped, waited for in vain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from memcharge.kernel import *

Operation = Callable[[Any], object]


@pytest.fixture(autouse=True)
def machine() -> Iterator[Machine]:
    with Machine() as made:
        yield made


def spin_lock_of(which: str) -> SpinLock:
    """A spinlock where the kernel has one."""
    owners: dict[str, Struct] = {
        "ptl": VmAreaStruct("vma"),
        "tree_lock": AddressSpace("mapping"),
        "i_mmap_lock": AddressSpace("mapping"),
        "lru_lock": Zone("zone"),
    }
    lock = getattr(owners[which], which)
    assert isinstance(lock, SpinLock)
    return lock


@pytest.mark.parametrize("which", ["ptl", "tree_lock", "i_mmap_lock", "lru_lock"])
def test_a_spinlock_is_held_by_one(which: str) -> None:
    lock = spin_lock_of(which)
    for _ in range(2):
        spin_lock(lock)
        assert lock.locked
        with pytest.raises(WouldBlock):
            spin_lock(lock)
        spin_unlock(lock)
        assert not lock.locked


@pytest.mark.parametrize(
    ("struct", "lock", "unlock", "field"),
    [
        (Page, lock_page, unlock_page, "PG_locked"),
        (PageCgroup, lock_page_cgroup, unlock_page_cgroup, "PCG_LOCK"),
    ],
)
def test_a_bit_lock_is_its_flag(
    struct: type[Struct], lock: Operation, unlock: Operation, field: str
) -> None:
    obj = struct("it")
    lock(obj)
    assert getattr(obj, field)
    with pytest.raises(WouldBlock):
        lock(obj)
    unlock(obj)
    assert not getattr(obj, field)
    lock(obj)


def test_trying_the_page_lock_never_waits() -> None:
    page = Page("page")
    assert trylock_page(page)
    assert not trylock_page(page)
    assert page.PG_locked
    unlock_page(page)
    assert trylock_page(page)


def test_waiting_for_a_page_takes_nothing() -> None:
    page = Page("page")
    wait_on_page_locked(page)
    wait_on_page_writeback(page)
    assert not page.PG_locked
    page.PG_locked = page.PG_writeback = True
    for wait in (wait_on_page_locked, wait_on_page_writeback):
        with pytest.raises(WouldBlock):
            wait(page)


def test_a_semaphore_has_many_readers_or_one_writer() -> None:
    sem = MmStruct("mm").mmap_sem
    down_read(sem)
    down_read(sem)
    with pytest.raises(WouldBlock):
        down_write(sem)
    up_read(sem)
    up_read(sem)
    down_write(sem)
    for down in (down_read, down_write):
        with pytest.raises(WouldBlock):
            down(sem)
    up_write(sem)
    assert (sem.readers, sem.writer) == (0, False)


@pytest.mark.parametrize(
    ("struct", "unlock"),
    [
        (SpinLock, spin_unlock),
        (RwSem, up_read),
        (RwSem, up_write),
        (Page, unlock_page),
        (PageCgroup, unlock_page_cgroup),
    ],
)
def test_dropping_a_lock_that_is_not_held_is_a_bug(struct: type[Struct], unlock: Operation) -> None:
    with pytest.raises(KernelBug, match="bug_on"):
        unlock(struct("it"))
