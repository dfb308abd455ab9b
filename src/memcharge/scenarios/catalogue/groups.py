# SPDX-License-Identifier: GPL-2.0-only
"""Scenarios about groups: their removal, their limits, and tasks that change between them."""

from __future__ import annotations

PURPOSES = {
    # One CPU: removal.
    "rmdir@file,left": "a group that only has a file page is removed",
    "rmdir@anon,left,neighbour": "a group is removed that has two pages",
    "rmdir@anon,left,swapped": "a group is removed whose page is in swap",
    "rmdir@anon": "a group that has tasks is not removed",
    "rmdir@file,killed,left": "the task that removes a group is killed",
    "rmdir@file,hierarchy,left": "a group is removed below one that is charged with it",
    "rmdir@file,left,parent,parent_limit": "a group is removed, and the one above is full",
    "force_empty@file": "a group that has tasks is not emptied",
    "force_empty@file,left": "a group is emptied by hand",
    # One CPU: limits.
    "fault@anon,limit,swapped": "a page comes back from swap into a full group: the OOM killer",
    "fault@anon,limit,neighbour,swapped": "a page comes back into a group that can reclaim another",
    "migrate@anon,limit,neighbour": "an anonymous page moves while its full group reclaims another",
    "migrate@anon,hierarchy,parent_limit": "an anonymous page moves, and the group above is full",
    "migrate@anon,hierarchy,neighbour,parent_limit": "the group above reclaims from the one below",
    "reclaim@file": "a mapped file page is reclaimed from its group's list",
    "reclaim@anon": "an anonymous page is reclaimed from its group's list",
    # One CPU: a task changes its group.
    "attach@anon": "a task takes its page to another group",
    "attach@anon,double": "a task takes two pages to another group",
    "attach@anon,double,other_limit": "a task stays where it is, for the other group is full",
    "attach@anon,keep": "a task leaves all its charges to the group where it was",
    "attach@anon,killed": "whoever moves a task is killed",
    "attach@anon,swapped": "a task takes its swap slot to another group",
    "attach@anon,swapcache": "a task takes its page to another group, which the swap cache has",
    "attach@file": "a task leaves its file page to the group where it was",
    # A page is uncharged, moved or charged while its group is removed.
    "munmap+rmdir@anon,left": "the last page of a group is unmapped while the group is removed",
    "rmdir+truncate@file,left,unmapped": "its last page is truncated while a group is removed",
    "rmdir+swap_out@anon,left": "the page of a group goes to swap while the group is removed",
    "fault+rmdir@anon,left,swapped": "a page comes back into a group that is removed just then",
    "munmap+rmdir@anon,left,swapped": "the swap slot of a removed group is freed",
    "migrate+rmdir@file,left": "a file page moves while its group is removed",
    "migrate+rmdir@anon,left": "an anonymous page moves while its group is removed",
    "migrate+rmdir@shmem,left,swapcache": "a shmem page moves on its way to swap, its group goes",
    "fault+force_empty@file,left": "a file page is mapped while its group is emptied",
    # A task changes its group meanwhile.
    "attach+munmap@anon": "a page is unmapped while its task changes the group",
    "attach+migrate@anon": "a page moves while its task changes the group",
    "attach+swap_out@anon": "a page goes to swap while its task changes the group",
    "attach+fault@anon,swapped": "a page comes back from swap while its task changes the group",
    "attach+munmap@file": "a file page is unmapped while its task changes the group",
    "attach+cow@anon,limit,shared": "a full group is asked for more while a task leaves it",
    "attach+rmdir@anon": "the only task leaves a group that is removed at the same time",
    "attach+rmdir@anon,keep": "the only task leaves its charges to a group that is removed",
    "attach+exit@anon": "a task exits while it changes the group",
    "attach+rmdir@anon,swapped": "the only task leaves, with what it has in swap",
    # Charging ahead and uncharging in batches.
    "rmdir@file,left,stock": "a group is removed that a CPU has charged ahead for",
    "migrate+munmap@anon,stock": "an anonymous page is unmapped while it moves, with stocks",
    "munmap+rmdir@anon,batch,left": "a group is removed while its last page waits in a batch",
    "rmdir+truncate@file,batch,left,unmapped": "the same for a page that is truncated",
    "attach@anon,double,peak": "a task takes two pages to another group, whose highest use is kept",
    "attach+cow@anon,hierarchy,limit,shared": "a task takes a page along that is copied just then",
    "fault@shmem,limit,swapped": "a shmem page comes back from swap into a full group",
    "fault+force_empty@anon,left,stock,swapped": "a page comes back to an emptied group",
    "munmap+rmdir@file,left,lru": "a page on its group's list is unmapped while the group goes",
}
