# SPDX-License-Identifier: GPL-2.0-only
"""Read-copy-update: readers never wait, and who frees waits for those there were.

Each task counts how deep it is in read sections, so that synchronize_rcu() waits
for each task once and not for those who enter later.  Off unless `config.rcu`.
"""

from __future__ import annotations

from memcharge.kernel.flow import BUG_ON, atomic, wait_until
from memcharge.kernel.struct import each
from memcharge.kernel.structs import TaskStruct, config, current


def rcu_read_lock() -> None:
    if config.rcu:
        with atomic():
            current.rcu_read_lock_nesting += 1


def rcu_read_unlock() -> None:
    if config.rcu:
        with atomic():
            BUG_ON(current.rcu_read_lock_nesting == 0)
            current.rcu_read_lock_nesting -= 1


def synchronize_rcu() -> None:
    """Wait until every reader that there is now has ended its section."""
    for task in each(TaskStruct):
        with atomic():
            wait_until(task.rcu_read_lock_nesting == 0)
