# SPDX-License-Identifier: GPL-2.0-only
"""What is not the kernel's own behaviour in the editions, and why that may do.

`faithful`: the same steps as the kernel.  `simplified`: some behaviour of the
kernel cannot happen here.  `no-op`: does nothing.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal["faithful", "simplified", "no-op"]


class Standin(NamedTuple):
    """One mechanism, how honest its model is, and the reason."""

    name: str
    kind: Kind
    reason: str


# What a protocol of its own does not model either, for it is in what all are written in.
VOCABULARY = ("memory order",)

STANDINS: tuple[Standin, ...] = (
    # What the verdicts rest on.
    Standin("charge, commit, cancel, uncharge", "faithful", "every access, in the kernel's order"),
    Standin("page_cgroup flags and lock", "faithful", "each flag is one access; the lock is taken"),
    Standin("mapcount and what hangs on it", "faithful", "two steps, as in page_remove_rmap()"),
    Standin("page lock, pte lock, tree lock", "faithful", "taken where the kernel takes them"),
    Standin("order of a page's mappings", "faithful", "every order, the kernel's among them"),
    Standin("reference counts", "faithful", "freezing and speculative references included"),
    Standin("css references", "faithful", "one for each charged page and each reservation"),
    Standin("memory order", "simplified", "sequential consistency: barriers change nothing here"),
    # Charging.
    Standin(
        "per-CPU charge stock",
        "simplified",
        "only with the modifier stock; one page ahead, not 31; drained where it is asked for",
    ),
    Standin("batched uncharge", "simplified", "only with the modifier batch"),
    Standin(
        "reclaim for a group",
        "simplified",
        "only with the modifier lru; one page a round, two rounds; written pages are waited for",
    ),
    Standin(
        "OOM killer for a group",
        "simplified",
        "kills the caller, who then is not charged, but others first if it is not of the group",
    ),
    Standin("hierarchy", "simplified", "two levels below the root at most; no group is made"),
    Standin(
        "res_counter",
        "simplified",
        "failcnt says whether a charge ever failed; max_usage with the modifier peak; one step a "
        "change",
    ),
    Standin("per-CPU counters", "simplified", "their sum; nothing interrupts an update half-way"),
    Standin(
        "page-in and page-out counts", "no-op", "PGPGIN, PGPGOUT and event counts are not kept"
    ),
    Standin("soft limits and thresholds", "no-op", "they look at counters and change none"),
    Standin("moving a task's charges", "faithful", "counting, charging ahead, moving, settling"),
    Standin(
        "removing a group",
        "faithful",
        "references, sleep and wake-up, freeing; from 3.17 on looked for once",
    ),
    Standin(
        "emptying a group", "simplified", "waits where the kernel loops until something changes"
    ),
    Standin(
        "cgroup's own struct", "simplified", "never freed; its tasks are counted, not css_sets"
    ),
    Standin("several subsystems in a hierarchy", "no-op", "the memory controller is alone there"),
    Standin(
        "RCU",
        "simplified",
        "only where a group can be removed or emptied; one depth a task, waited for once",
    ),
    Standin(
        "private LRU of a group",
        "simplified",
        "one list a group, in no order; only with the modifier lru, rmdir, force_empty or reclaim",
    ),
    Standin(
        "charge without an mm", "simplified", "no group, where the kernel takes the root's init_mm"
    ),
    Standin(
        "controller switched off", "simplified", "page_cgroups exist but are not written by charges"
    ),
    # Memory.
    Standin(
        "page allocator",
        "simplified",
        "any free page; other lack of memory by modifiers only; zones with the modifier high only",
    ),
    Standin("freeing a page", "simplified", "one step: nobody can hold a reference any more"),
    Standin("bad page state", "simplified", "stops the run; the kernel warns and drops the page"),
    Standin("LRU lists", "simplified", "PG_lru under its lock; no lists, no activity, no aging"),
    Standin(
        "per-CPU LRU vectors",
        "simplified",
        "drained at once but for the modifier pagevec, whose page waits for the actor drain",
    ),
    Standin("zone statistics", "no-op", "NR_FILE_MAPPED and the like are not kept"),
    Standin("swap cache and swap slots", "faithful", "every access under the kernel's locks"),
    Standin("swap area", "simplified", "one slot, never called full"),
    Standin(
        "swapoff",
        "simplified",
        "one area, and address spaces in the order they were made; no page replaced for its zone",
    ),
    Standin("count of a swap slot", "simplified", "up to two ptes, so it never goes on elsewhere"),
    Standin("swap read-ahead", "simplified", "a fault reads its own page; an actor reads ahead"),
    Standin("disk of the swap area", "simplified", "ends a write for who began it, between steps"),
    Standin("choosing pages to reclaim", "simplified", "one page by number, once or twice"),
    Standin("referenced bits", "no-op", "reclaim takes every page for an old one"),
    Standin("KSM, mlock, huge pages, hugetlb", "no-op", "no such pages"),
    Standin("buffers of a page", "simplified", "one reference; a journal never keeps them"),
    Standin("file system I/O", "simplified", "reading and writing end on the CPU that began them"),
    Standin(
        "truncation", "simplified", "of pages one by one; not what unmaps all before and after"
    ),
    Standin("i_size", "simplified", "a fault behind a truncation brings the page back"),
    Standin("swap entries of shmem", "simplified", "one in the inode; no list of swapped inodes"),
    # Page tables.
    Standin("VMA", "simplified", "one page long, so vma_address() never fails"),
    Standin("munmap", "simplified", "the VMA stays, as if mapped again at once"),
    Standin("flushing after unmap", "faithful", "the page is put after the pte lock is dropped"),
    Standin("page fault", "simplified", "no page_mkwrite(); no KSM copy at swap-in; no segfault"),
    Standin("dirty bit of a pte", "simplified", "a pte that may be written counts as dirty"),
    Standin("page of zeroes", "simplified", "has no struct page, so nobody counts its ptes"),
    Standin("fork", "simplified", "one area; it is linked for rmap walks from the start"),
    Standin("exit", "simplified", "gives up its address space; the area stays for rmap walks"),
    Standin("touching an address", "simplified", "a program gives up after the second fault"),
    Standin("anon_vma", "simplified", "one for all areas; it is never freed, so RCU is left out"),
    Standin("priority tree and nonlinear areas", "simplified", "areas are visited in one order"),
    # Migration.
    Standin("list of pages to migrate", "simplified", "one page"),
    Standin("passes of migrate_pages()", "faithful", "ten, waiting for locks from the fourth on"),
    Standin("who migrates", "simplified", "a task without mm, by page number or by address"),
    Standin("compaction", "simplified", "frame by frame; where pages go to is anybody's choice"),
)
