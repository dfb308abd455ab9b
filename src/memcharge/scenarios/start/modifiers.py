# SPDX-License-Identifier: GPL-2.0-only
"""Page kinds and modifiers of start states, and which of them exclude each other."""

from __future__ import annotations

from collections.abc import Iterable

# What kinds of page there are.
KINDS = {
    "file": "a page of a file",
    "shmem": "a page of a file in shared memory, which can go to swap",
    "anon": "an anonymous page",
}

# What can be changed about a start state, and what each one means.
MODIFIERS = {
    "shared": "all address spaces, two as a rule, map the page",
    "three": "there are three address spaces",
    "four": "there are four address spaces",
    "private": "the file is mapped privately, so that a write makes a copy",
    "empty": "nobody has touched the memory or the file yet",
    "unmapped": "the page is in the page cache and nobody maps it",
    "limit": "the group has no room for another page",
    "room": "the group has room for one more page",
    "memsw_limit": "the group has no room for another page of memory and swap together",
    "res_limit": "the group has no room for another page of memory, and any in swap",
    "noswapaccount": "memory and swap together are not counted, which is chosen at boot",
    "disabled": "the controller is switched off at boot",
    "killed": "the migrating or administrating task has a fatal signal pending",
    "oom_killed": "the OOM killer has chosen the migrating task",
    "dirty": "the page is dirty, and the file system of a file page cannot move it",
    "writeback": "the page is being written; the actor end_io ends that",
    "swapped": "the page is in swap",
    "swapcache": "the page is in the swap cache: anonymous and back from swap, or shmem on its way",
    "written": "the anonymous page is unmapped and on disk, and still charged in the swap cache",
    "readahead": "the page is in swap, and in the swap cache where nobody has asked for it yet",
    "high": "the page lies in a zone that its file's device cannot use",
    "buffers": "the file's page has buffers, which hold a reference to it",
    "pagevec": "the page waits in another CPU's vector for the LRU; the actor drain puts it there",
    "spare": "there is a second free page",
    "fail_page_alloc": "there may be no memory for a page, as with that fault injection",
    "failslab": "there may be no memory to put a page into a tree, as with that fault injection",
}

# Those that say where a page is that has been written to swap.
SWAP = frozenset({"swapped", "swapcache", "written", "readahead"})
# Those that say something of a page that is there.
PAGE = SWAP | {"shared", "double", "unmapped", "dirty", "writeback"}
PAGE |= {"buffers", "pagevec", "left"}
# The same of the groups.
GROUP_MODIFIERS = {
    "left": "the tasks have left the group, and their pages are still charged to it",
    "lru": "groups have LRU lists of their own, so that reclaim finds their pages",
    "neighbour": "the group has a clean page cache page besides, which nobody maps",
    "parent": "the group lies below another one, which is charged for itself only",
    "hierarchy": "the group lies below another one, which is charged for both",
    "other": "there is another group, to which a task brings its charges",
    "keep": "there is another group, to which a task brings no charges",
    "files": "there is another group, to which a task brings its files' pages too (from v3_17 on)",
    "files_only": "there is another group, to which a task brings its files' pages alone",
    "other_limit": "there is another group, which has no room for a page",
    "other_memsw_limit": "there is another group, with no room for memory and swap together",
    "there": "there is another group, which the last program belongs to already",
    "double": "the first program has two areas, each with a page of its own",
    "stock": "CPUs charge one page ahead",
    "batch": "who unmaps or truncates uncharges at the end",
    "peak": "the groups keep their highest usage",
    "parent_limit": "the group above has no room for another page",
}
MODIFIERS |= GROUP_MODIFIERS

# What a start state has to have for an actor, besides what its name says.
NEEDED = {
    "rmdir": ("lru", "rcu"),
    "force_empty": ("lru", "rcu"),
    "reclaim": ("lru",),
    "attach": ("other",),
    "fork": ("child",),
}

# Modifiers and actors for which a second address space is there; without them there is none.
SPACES = frozenset({"shared", "three", "four", "double"})
ELSEWHERE = frozenset({"fault", "cow", "fork", "exit", "swap_in", "readahead"})


def features(modifiers: Iterable[str], actors: Iterable[str]) -> frozenset[str]:
    """What the modifiers say, what follows from them, and what the actors need."""
    actors = [*actors]
    chosen = {*modifiers, *(one for actor in actors for one in NEEDED.get(actor, ()))}
    if (
        actors
        and not chosen & SPACES
        and not ELSEWHERE & {*actors}
        and len({*actors}) == len(actors)
    ):
        chosen.add("alone")
    if "neighbour" in chosen:
        chosen.add("lru")
    if chosen & {"files", "files_only"}:
        # Who moves the pages of files waits for those who count them without a lock.
        chosen.add("rcu")
    if chosen & {"other_limit", "other_memsw_limit", "keep", "files", "files_only", "there"}:
        chosen.add("other")
    return frozenset(chosen)


# Whose task the actor kill kills: that of the first of these actors which acts.
KILLED = {
    "migrate": "migrator",
    "move_pages": "migrator",
    "compact": "migrator",
    "attach": "administrator",
    "rmdir": "administrator",
    "force_empty": "administrator",
    "cow": "writing_task",
    "fault": "faulting_task",
    "swap_in": "faulting_task",
    "swapoff": "bystander",
}


class StartError(ValueError):
    """There is no such start state."""


def check(kind: str, chosen: frozenset[str]) -> None:
    """Raise StartError if there is no such start state."""
    if kind not in KINDS:
        raise StartError(f"no page kind {kind!r}; there are {', '.join(KINDS)}")
    unknown = sorted(chosen - set(MODIFIERS))
    if unknown:
        raise StartError(f"no modifier {unknown[0]!r}; there are {', '.join(MODIFIERS)}")
    if kind == "anon" and "unmapped" in chosen:
        raise StartError("an anonymous page that nobody maps is free: unmapped needs a file")
    if "empty" in chosen and chosen & PAGE:
        raise StartError(f"empty has no page yet, so it is not {min(chosen & PAGE)}")
    if "dirty" in chosen and kind == "anon":
        raise StartError("dirty is for file and shmem pages: anonymous ones go to swap regardless")
    if kind == "anon" and "private" in chosen:
        raise StartError("anonymous pages are private as they are: private needs a file")
    if {"three", "four"} <= chosen:
        raise StartError("there are either three or four address spaces")
    if "buffers" in chosen and kind != "file":
        raise StartError("buffers are for pages of files: swap and shmem have none")
    if "pagevec" in chosen and chosen & SWAP:
        raise StartError("a page that was in swap is on the LRU: pagevec is for one that is new")
    if chosen & SWAP and kind == "file":
        raise StartError("swapped, swapcache and the like are for anonymous and shmem pages")
    if "written" in chosen and kind == "shmem":
        raise StartError("written is for anonymous pages: the same of a shmem page is swapcache")
    if "high" in chosen and (kind != "shmem" or "readahead" not in chosen):
        raise StartError("high is for shmem pages that somebody else has read: add readahead")
    if len(chosen & SWAP) > 1:
        raise StartError("a page is either swapped, or in the swapcache, written or readahead")
    if {"swapped", "writeback"} <= chosen:
        raise StartError("a swapped page is not in memory, so not under writeback")
    if "double" in chosen and (kind != "anon" or chosen & {"shared", "three", "four"}):
        raise StartError("double is for anonymous pages of two areas that share nothing")
    if {"parent", "hierarchy"} <= chosen:
        raise StartError("the group above is charged for itself only or for both")
    if "parent_limit" in chosen and not chosen & {"parent", "hierarchy"}:
        raise StartError("parent_limit needs a group above: add parent or hierarchy")
    if "noswapaccount" in chosen and chosen & {"memsw_limit", "other_memsw_limit"}:
        raise StartError("with noswapaccount there is no limit of memory and swap together")
    if len(chosen & {"files", "files_only", "keep"}) > 1:
        raise StartError("a task brings its files' pages too, or these alone, or no charges")
    if {"unmapped", "shared"} <= chosen:
        raise StartError("a page cannot be both unmapped and shared")
