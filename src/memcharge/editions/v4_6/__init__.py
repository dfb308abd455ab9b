# SPDX-License-Identifier: GPL-2.0-only
"""A migration charges the new page beyond the limit and lets the old one keep its charge.

So the owner of a page that lives never changes; the old page is uncharged when
it is freed, as any other.  The charge is made where the tree changes, under the
lock of the new page, which is taken before the old one is unmapped.  A dying
task charges its group beyond the limit as well.  Who counts for a page need not
carry its owner along: lock_page_memcg() keeps it.  A swap slot
stays charged for as long as the swap cache has its page.

Not included: what v3_17 leaves out, and the counters of the unified hierarchy.
"""

BASE = "v3_19"
PROVENANCE = (
    '6a93ca8fde3c ("mm: migrate: do not touch page->mem_cgroup of live pages") (in v4.6), read '
    'in v4.6.2; 42cb14b110a5 ("mm: migrate dirty page without clear_page_dirty_for_io etc") and '
    '7db7671f835c ("mm: page migration trylock newpage at same level as oldpage", id not verified) '
    '(in v4.4), 62cccb8c8e7a ("mm: simplify lock_page_memcg()") and 264a0ae164bc ("memcg: relocate '
    'charge moving from ->attach to ->post_attach") (in v4.6)'
)
REMOVED = ("mem_cgroup_begin_page_stat", "mem_cgroup_end_page_stat")
