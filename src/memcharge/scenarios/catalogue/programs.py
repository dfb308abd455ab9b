# SPDX-License-Identifier: GPL-2.0-only
"""Named scenarios about programs that write, fork and exit."""

from __future__ import annotations

PURPOSES = {
    # The first touch.
    "fault@anon,empty": "anonymous memory is read before anybody wrote it",
    "cow@anon,empty": "anonymous memory is written first",
    "fault+fault@file,empty": "two processes read a file's page in at once",
    "fault+fault@shmem,empty": "two processes touch a shared page first",
    "fault+truncate@shmem,empty": "a shared page is touched first while its file is truncated",
    "cow+fault@file,empty,private": "one reads a file's page in, another copies it at once",
    # Copy on write.
    "cow@anon,shared": "after fork one process writes, to a copy of its own",
    "cow@file,private": "a process writes to a file's page that it has mapped privately",
    "cow@file,private,unmapped": "the first touch of a private file page is a write",
    "cow@shmem,unmapped": "the first touch of a shared page is a write",
    "cow+cow@anon,shared": "both processes write after fork: one may keep the page",
    "cow+munmap@anon,shared": "one process writes while the other unmaps, so there may be no copy",
    "cow+munmap@file,private,shared": "one process writes to its own copy while another unmaps",
    "cow+truncate@file,private": "the last mapping of a file page becomes a copy during truncation",
    "cow+swap_out@anon": "a page is written to, swapped out, and written to again",
    "cow+swap_out@anon,shared": "a page that two processes map is written to on its way to swap",
    "cow@file,shared": "a process writes to a file page that two map",
    "cow+truncate@file,shared": "a file page is written to while it is truncated",
    "cow+swap_out@file,shared": "a file page is written to while reclaim wants it",
    "fault+madvise@anon,shared,swapped": "a page comes back while its other user gives it up",
    "madvise+swapoff@anon,shared,swapped": "a page is given up where swapoff wants to map it",
    "madvise+migrate@anon,shared": "one of two users gives a page up while it moves",
    "cow@anon,swapped": "a writer brings a page back from swap, and frees the slot",
    "cow+munmap@anon,shared,swapped": "a writer brings a page back while the other drops the slot",
    "cow+fault@anon,shared,swapped": "a writer and a reader bring the same page back",
    "migrate+cow@anon,shared": "one process writes to a page while it moves",
    "migrate+cow@file,private": "a private copy takes the place of a file page that moves",
    # fork and exit.
    "fork@anon": "a process forks, and nobody else runs",
    "fork+munmap@anon": "a process unmaps the page while it is forked",
    "fork+swap_out@anon": "a page gets a second user on its way to swap",
    "fork+munmap@anon,swapped": "fork copies a swap entry that goes away",
    "migrate+fork@anon": "fork meets a migration entry",
    "exit@anon": "a process exits, and nobody else runs",
    "exit+migrate@anon": "a process exits while its page moves",
    "exit+migrate@file": "a process exits while a file page of it moves",
    "exit+migrate@anon,shared": "one of two users of a page exits while it moves",
    "exit+swap_out@anon": "a process exits while its page is on the way to swap",
    "exit+truncate@file": "a process exits while the file is truncated",
    "exit+move_pages@anon": "a process exits while somebody moves its pages by address",
}
