# SPDX-License-Identifier: GPL-2.0-only
"""Scenarios about moving a page and its charge, and about the ground below."""

from __future__ import annotations

PURPOSES = {
    # One CPU: what happens without any race.
    "migrate@file": "a mapped file page moves, and nobody else runs",
    "migrate@shmem": "a mapped shmem page moves, and nobody else runs",
    "migrate@anon": "an anonymous page moves, and nobody else runs",
    "migrate@file,shared": "a file page moves that two processes map",
    "migrate@anon,shared": "an anonymous page moves that two processes map",
    "migrate@file,unmapped": "a page cache page moves that nobody maps",
    "migrate@file,dirty": "a dirty page of a file system that cannot move pages",
    "migrate@file,limit": "a file page moves although its group is full",
    "migrate@anon,limit": "an anonymous page moves although its group is full",
    "migrate@file,killed": "a dying task moves a file page",
    "migrate@anon,killed": "a dying task moves an anonymous page",
    "migrate@file,disabled": "a file page moves with the controller switched off",
    "migrate@anon,disabled": "an anonymous page moves with the controller switched off",
    # The page is unmapped meanwhile.
    "migrate+munmap@file": "a file page is unmapped while it moves",
    "migrate+munmap@shmem": "a shmem page is unmapped while it moves",
    "migrate+munmap@anon": "an anonymous page is unmapped, for good, while it moves",
    "migrate+munmap@file,shared": "one of two mappers of a file page unmaps it while it moves",
    "migrate+munmap@anon,shared": "one of two mappers of an anonymous page unmaps it meanwhile",
    "migrate+munmap@anon,limit": "an anonymous page goes away while moving it fails for the limit",
    # The page is mapped meanwhile.
    "migrate+fault@file": "a second process maps a file page while it moves",
    "migrate+fault@shmem": "a second process maps a shmem page while it moves",
    "migrate+fault@file,unmapped": "a file page is mapped for the first time while it moves",
    "migrate+fault@anon,shared": "a process touches an anonymous page while it moves",
    # The page leaves its file meanwhile.
    "migrate+truncate@file": "a mapped file page is truncated while it moves",
    "migrate+truncate@shmem": "a mapped shmem page is truncated while it moves",
    "migrate+truncate@file,unmapped": "an unmapped file page is truncated while it moves",
    # The migration fails, and is tried again.
    "migrate+hold@file": "a transient reference makes moving a file page fail",
    "migrate+hold@shmem": "a transient reference makes moving a shmem page fail",
    "migrate+hold@anon": "a transient reference makes moving an anonymous page fail",
    "migrate+end_io@file,writeback": "the page is under writeback when it is to be moved",
    "migrate+end_io@anon,writeback": "an anonymous page is under writeback when it is to be moved",
    # The migrating task is killed meanwhile.
    "migrate+kill@file": "the task that moves a file page is killed",
    "migrate+kill@anon": "the task that moves an anonymous page is killed",
    # The page is in swap, or on the way there or back.
    "swap_out@anon": "an anonymous page is written to swap, and nobody else runs",
    "migrate@anon,swapcache": "an anonymous page moves that is in the swap cache",
    "migrate+munmap@anon,swapcache": "a page in the swap cache is unmapped while it moves",
    "migrate+fault@anon,shared,swapcache": "a page in the swap cache is mapped again meanwhile",
    "migrate+swap_out@anon": "reclaim wants the page that is to be moved",
    "munmap+swap_out@anon": "an anonymous page is unmapped on its way to swap",
    "fault+swap_out@anon,shared": "an anonymous page is touched on its way to swap",
    "swap_out@shmem,dirty": "a shmem page is written to swap, and nobody else runs",
    "migrate+hold@shmem,swapcache": "moving a shmem page fails that is between file and swap",
    "migrate+swap_out@shmem,dirty": "a shmem page is moved on its way to swap",
    "fault+swap_out@shmem,dirty": "a shmem page is touched on its way to swap",
    "truncate+swap_out@shmem,dirty": "a shmem page is truncated on its way to swap",
    "fault+munmap@anon,shared,swapped": "one process brings a page in, another drops its swap slot",
    # Nobody migrates: the ground that the protocol stands on.
    "munmap+fault@file": "one process unmaps a file page while another maps it",
    "munmap+truncate@file": "a file page is unmapped and truncated",
    # Three at once.
    "migrate+munmap+hold@anon": "moving fails, and the page is unmapped meanwhile",
    "migrate+munmap+fault@file": "unmapped by one, mapped by another, while it moves",
    "migrate+munmap+truncate@file": "unmapped and truncated while it moves",
    "migrate+munmap+munmap@anon,shared": "both mappers unmap an anonymous page while it moves",
    "migrate+kill+munmap@anon": "the task that moves it is killed and the page is unmapped",
    "cow@anon,disabled,shared": "a shared page is copied, and the controller is off",
    "truncate@file,batch": "a file page is truncated, and uncharges are collected",
}
