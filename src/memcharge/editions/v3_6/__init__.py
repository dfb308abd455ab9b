# SPDX-License-Identifier: GPL-2.0-only
"""One charge for both pages of a migration: the new page is marked as charged at no cost.

Whichever page is not needed in the end is phased out without touching the
counters.  Whoever uncharges looks for the swap cache himself, and the common
part insists that the page is not in it, which it may be by then ("remove
incorrect VM_BUG_ON for swap cache pages in uncharge", mail of 2013-05-08, drops
the assertion).  Whoever commits has looked whether the page is
charged already, and the commit insists that it is not.

Emptying a group charges nobody: what goes up stays charged above, or goes to
the root where nothing is charged above.

References to a group's state are counted below zero once it is removed, and
nothing is asserted of their number.

Not included: as for v3_4.
"""

BASE = "v3_4"
PROVENANCE = (
    '0030f535a5cf ("mm: memcg: fix compaction/migration failing due to memcg limits"), '
    '0c59b89c81ea ("mm: memcg: push down PageSwapCache check into uncharge entry functions"), '
    'bdf4f4d2161a ("mm: memcg: only check swap cache pages for repeated charging", id not '
    'verified) (in v3.6), d189922862e0 ("shmem: fix negative rss in memcg memory.stat"), '
    'bde05d1ccd51 ("shmem: replace page if mapping excludes its zone") and '
    '"cgroup: use negative bias on css->refcnt to block css_tryget()" (in v3.5), read in v3.6.5'
)
