# SPDX-License-Identifier: GPL-2.0-only
"""Charges hold no reference to their group, and FILE_MAPPED is mostly counted without the lock.

A group with usage cannot be removed, so a charged page needs no css reference;
only whoever may sleep while it charges holds one.  What the flag FileMapped
says and what is counted go apart in the steps between.  Whoever is to move
pages out of a group says so and waits until all who count have seen it; from
then on they take the page_cgroup's lock.

A task move holds the address space from beginning to end.

Until 01c88e2d6b73 (in v2.6.38) a charge that memory+swap refuses keeps what it
took from memory.

Not included: the reference to the anon_vma, and file pages that follow their task.
"""

BASE = "v2_6_35"
PROVENANCE = (
    'f75ca962037f ("memcg: avoid css_get()") and 4b53433468c8 ("memcg: clean up try_charge main '
    'loop") (in v2.6.36); 0c270f8f9988 and 32047e2a85f0 ("memcg: avoid lock in updating '
    'file_mapped"), b1dd693e5b93 ("memcg: avoid deadlock between move charge and try_charge()") '
    "(in v2.6.37)"
)
REMOVED = ("mem_cgroup_charge_counters",)
