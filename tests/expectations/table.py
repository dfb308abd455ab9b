# SPDX-License-Identifier: GPL-2.0-only
"""What others' tests of the memory controller expect of its counters, for one page.

From LTP's testcases/kernel/controllers/memcg, from the kernel's
tools/testing/selftests (cgroup, mm), and from its memcg_test.txt.  They take
many pages, so that batches are flushed, and allow for what is left in them; the
model has neither here, so one page stands for all, and the numbers are exact.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Expectation:
    """After these actors, from this start state, the group's counters are these.

    `since` and `until` are the first and the last edition that it is said of, "" for
    the oldest and the newest; `why` says why not of the others.
    """

    source: str
    start: str  # the page kind and modifiers, as after the @ of a scenario's name
    acts: tuple[str, ...]
    counters: dict[str, int]
    since: str = ""
    until: str = ""
    why: str = ""


KILL = "", "v3_6", "from 3.17 on a fault beyond the limit ends without an OOM kill here"
RMDIR = "", "v3_6", "from 3.17 on rmdir frees no group at once"
OFFLINE = "v3_17", "", "until 3.6 rmdir waits until the group can go"
KEPT = "v3_19", "", "until 3.17 rmdir empties the group"
SWAP = "v2_6_29", "", "memory and swap together are counted since 2.6.29"
SHMEM_MAPPED = "v2_6_33", "", "mapped shmem pages are counted as such since 2.6.33"
WRITTEN = "v2_6_29", "", "memcg_test.txt was written for 2.6.29"

LTP = (
    Expectation("LTP memcg_stat_rss 1, 5", "anon", (), {"rss": 1}),
    Expectation("LTP memcg_stat_rss 2", "file", (), {"rss": 0}),
    Expectation("LTP memcg_stat_rss 3", "shmem", (), {"rss": 0}),
    Expectation("LTP memcg_stat_rss 4", "anon,neighbour", (), {"rss": 1, "cache": 1}),
    Expectation("LTP memcg_stat_rss 6, 10", "anon", ("munmap",), {"rss": 0}),
    Expectation("LTP memcg_stat_rss 7", "file", ("munmap",), {"rss": 0}),
    Expectation("LTP memcg_stat_rss 8", "shmem", ("munmap",), {"rss": 0}),
    Expectation("LTP memcg_stat_rss 9", "anon,neighbour", ("munmap",), {"rss": 0, "cache": 1}),
    Expectation("LTP memcg_stat 1", "shmem", (), {"cache": 1}),
    Expectation("LTP memcg_stat 2", "shmem", (), {"mapped_file": 1}, *SHMEM_MAPPED),
    Expectation("LTP memcg_limit_in_bytes 1-4", "anon,shared,limit", ("cow",),
                {"killed": 1}, *KILL),
    Expectation("LTP memcg_limit_in_bytes 5-8", "file,private,limit", ("cow",),
                {"killed": 1}, *KILL),
    Expectation("LTP memcg_failcnt 1-3", "anon,shared,limit", ("cow",),
                {"failcnt": 1}, *KILL),
    Expectation("LTP memcg_usage_in_bytes 1", "anon", (), {"usage": 1}),
    Expectation("LTP memcg_usage_in_bytes 2", "anon", (), {"memsw": 1}, *SWAP),
    Expectation("LTP memcg_force_empty 1", "anon,left,parent", ("force_empty",),
                {"usage": 0}, *RMDIR),
    Expectation("LTP memcg_function, rmdir at the end", "anon", ("munmap", "leave", "rmdir"),
                {"removed": 1}, *RMDIR),
    Expectation("LTP memcg_function, rmdir with page cache left", "file",
                ("munmap", "leave", "rmdir"), {"removed": 1}, *RMDIR),
    Expectation("LTP memcg_regression 4", "anon,swapped", ("leave", "swapoff", "rmdir"),
                {"removed": 1}, *RMDIR),
    Expectation("LTP memcg_function, rmdir at the end, nothing left", "anon",
                ("munmap", "leave", "rmdir"), {"offline": 1, "removed": 1}, *OFFLINE),
    Expectation("LTP memcg_function, rmdir with page cache left, and offline", "file",
                ("munmap", "leave", "rmdir"), {"offline": 1}, *OFFLINE),
    Expectation("LTP memcg_function, rmdir with page cache left, and kept", "file",
                ("munmap", "leave", "rmdir"),
                {"offline": 1, "removed": 0, "usage": 1, "cache": 1}, *KEPT),
    Expectation("LTP memcg_function, rmdir in a group with tasks", "anon", ("rmdir",),
                {"offline": 0, "removed": 0, "usage": 1}, *OFFLINE),
    Expectation("LTP memcg_regression 4, rmdir at the end", "anon,swapped",
                ("leave", "swapoff", "rmdir"), {"offline": 1}, *OFFLINE),
)  # fmt: skip

SELFTESTS = (
    Expectation("selftests test_memcg_current_peak, anon", "anon", (), {"usage": 1, "rss": 1}),
    Expectation("selftests test_memcg_current_peak, file", "file,unmapped", (),
                {"usage": 1, "cache": 1}),
    Expectation("selftests test_memcg_max, anon", "anon,shared,limit", ("cow",),
                {"killed": 1}, *KILL),
    Expectation("selftests test_memcg_swap_max_peak, swap", "anon,swapped", (),
                {"usage": 0, "memsw": 1}, *SWAP),
    Expectation("selftests mm/migration private_anon", "anon", ("move_pages",), {"moved": 1}),
    Expectation("selftests mm/migration shared_anon", "anon,shared", ("migrate",), {"moved": 1}),
)  # fmt: skip

MEMCG_TEST = (
    Expectation("memcg_test.txt 4.1 A, C: swap-in of a slot used once", "anon,swapped", ("cow",),
                {"usage": 1, "memsw": 1}, *WRITTEN),
    Expectation("memcg_test.txt 4.1 B, D: swap-in of a slot used twice", "anon,shared,swapped",
                ("fault",), {"usage": 1, "memsw": 1}, *WRITTEN),
    Expectation("memcg_test.txt 4.2 swap-out", "anon", ("swap_out",),
                {"usage": 0, "memsw": 1}, *WRITTEN),
    Expectation("memcg_test.txt 4.2 last user of a slot", "anon,swapped", ("munmap",),
                {"usage": 0, "memsw": 0}, *WRITTEN),
    Expectation("memcg_test.txt 5 page cache, charged in", "file,unmapped", (),
                {"usage": 1, "cache": 1}, *WRITTEN),
    Expectation("memcg_test.txt 5 page cache, removed", "file,unmapped", ("truncate",),
                {"usage": 0, "cache": 0}, *WRITTEN),
    Expectation("memcg_test.txt 6 shmem in the swap cache", "shmem,swapcache", (),
                {"usage": 1, "memsw": 1}, *WRITTEN),
    Expectation("memcg_test.txt 6 shmem in swap", "shmem,swapped", (),
                {"usage": 0, "memsw": 1}, *WRITTEN),
    Expectation("memcg_test.txt 6 shmem, removed", "shmem", ("munmap", "truncate"),
                {"usage": 0, "cache": 0}, *WRITTEN),
    Expectation("memcg_test.txt 7 migration, anonymous", "anon", ("migrate",),
                {"usage": 1, "rss": 1}, *WRITTEN),
    Expectation("memcg_test.txt 7 migration, page cache", "file", ("migrate",),
                {"usage": 1, "cache": 1}, *WRITTEN),
)  # fmt: skip

ALL = (*LTP, *SELFTESTS, *MEMCG_TEST)

# What does not apply, and why.
LEFT_OUT = {
    "LTP memcg_stat 3, 4; selftests unevictable": "pages locked in memory are not modelled",
    "LTP memcg_stat 5-8": "the limits of a hierarchy are computed when they are read, by no charge",
    "LTP memcg_limit_in_bytes 9-11": "a limit is a number of pages here, so none is rounded",
    "LTP memcg_max_usage reset, memcg_force_empty 2-6": "files of the group are not modelled",
    "LTP memcg_use_hierarchy 2, 3": "use_hierarchy does not change once a group is made",
    "LTP memcg_regression 1-3": "they look for a crash while limits and tasks change at random",
    "selftests test_memcg_high, test_memcg_min, test_memcg_low": "no protection by memory.high, "
    "min or low in the editions",
    "selftests test_hugetlb_memcg, test_zswap": "no huge pages and no compressed swap",
    "selftests mm/migration, huge pages": "no huge pages",
    "memcg_test.txt 8, 9": "advice on what to stress, without a figure",
}
