# SPDX-License-Identifier: GPL-2.0-only
"""Migration says itself whether it worked, and a refused charge leaves nothing behind.

end_migration() is told the outcome; before, it took a page without a mapping
for one that was moved away, which a shmem page on its way to swap is as well.
A lock of its own in the page_cgroup keeps pages from being moved to another
group while something about them is counted.

Not included: huge pages, and migration that does not wait.
"""

BASE = "v2_6_37"
PROVENANCE = (
    '50de1dd967d4 ("memcg: fix memory migration of shmem swapcache"), 01c88e2d6b73 ("memcg: fix '
    'account leak at failure of memsw acconting"), 2a7106f2cb07 ("memcg: create extensible page '
    'stat update routines"), dbd4ea78f002 ("memcg: add lock to synchronize page accounting and '
    'migration") and dfe076b0971a ("memcg: fix deadlock between cpuset and memcg") (in v2.6.38)'
)
REMOVED = ("mem_cgroup_update_file_mapped", "mem_cgroup_update_file_stat")
