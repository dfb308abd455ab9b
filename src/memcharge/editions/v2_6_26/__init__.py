# SPDX-License-Identifier: GPL-2.0-only
"""The page_cgroup counts who needs the charge: the mapped page, the page cache, a migration.

Each fault charges, and gives the charge back if the page was mapped already.  A
migration takes a reference of its own, hands the page_cgroup over to the new
page, and drops the reference in the end; so it needs no charge and meets no
limit.  The object itself is allocated and freed in the kernel; here it is one
per page, attached as long as USED says so.

Emptying a group takes all that is counted away, whoever needs it.  The tree's
lock keeps lookups from a page that moves or is freed.

Derived backwards from 2.6.28.  Not included: what that does not include.
"""

BASE = "v2_6_28"
PROVENANCE = (
    'ae41be374293 ("bugfix for memory cgroup controller: migration under memory controller fix") '
    'and 98837c7f82ef ("memcg: fix VM_BUG_ON from page migration") (in v2.6.25), read in v2.6.26'
)
REMOVED = ("__mem_cgroup_commit_charge", "__mem_cgroup_uncharge_common")
