# SPDX-License-Identifier: GPL-2.0-only
"""What properties ask of this kernel's bookkeeping."""

from memcharge.kernel import *


def page_listed_for(page: Page) -> MemCgroup | None:
    """On whose LRU list the page is: that of the group that is charged for it."""
    pc = page.page_cgroup
    if not pc.PCG_USED:
        return None
    return pc.mem_cgroup


def counts_memsw_by_choice() -> bool:
    """Memory and swap are counted together since 2.6.29."""
    return False
