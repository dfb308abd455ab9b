# SPDX-License-Identifier: GPL-2.0-only
"""A migration hands the charge over, as in 3.17; the old folio keeps nothing.

The old folio is off the LRU and about to be freed, so that its owner may
change.  The replacement of folios in the page cache, where that does not hold,
keeps the double charge under a name of its own, mem_cgroup_replace_folio().

Not included: what v6_6 leaves out, that replacement, and the queue of large
folios that are to be split.
"""

from memcharge.editions.v2_6_34.memcontrol import mem_cgroup_disabled
from memcharge.editions.v6_6.memcontrol import commit_charge, folio_memcg
from memcharge.kernel import *

BASE = "v6_6"
PROVENANCE = (
    '85ce2c517ade ("memcg, hugetlb: ..."; mem_cgroup_migrate() and mem_cgroup_replace_folio() '
    "parted, with 4b569387c0d5 and 8cba9576df60) (in v6.7), read in v6.18.19"
)


def mem_cgroup_migrate(old: Page, new: Page) -> None:
    """Hand the charge of the old folio over to the new one; no counter changes."""
    BUG_ON(not PageLocked(old))
    BUG_ON(not PageLocked(new))
    BUG_ON(PageAnon(old) != PageAnon(new))
    BUG_ON(PageLRU(old))
    if mem_cgroup_disabled():
        return
    memcg = folio_memcg(old)
    if WARN_ON(memcg is None):
        return
    commit_charge(new, memcg)
    old.memcg_data = None
