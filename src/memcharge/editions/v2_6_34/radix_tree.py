# SPDX-License-Identifier: GPL-2.0-only
"""Memory for the trees of the page cache and the swap cache (lib/radix-tree.c)."""

from memcharge.kernel import *


def radix_tree_preload(gfp_mask: int) -> int:
    """Have memory ready for an insertion under a lock; 0 or -ENOMEM."""
    if config.failslab and choose(2) == 1:
        return -ENOMEM
    return 0
