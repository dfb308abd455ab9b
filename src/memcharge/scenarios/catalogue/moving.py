# SPDX-License-Identifier: GPL-2.0-only
"""Named scenarios about who moves pages, and about pages that are hard to move."""

from __future__ import annotations

PURPOSES = {
    # Other ways to come by a page.
    "move_pages@anon": "a page is moved by its address, and nobody else runs",
    "move_pages@file": "a file page is moved by its address, and nobody else runs",
    "compact@file": "all frames are compacted, and nobody else runs",
    "compact@anon": "all frames are compacted with an anonymous page in one of them",
    # Two that move.
    "migrate+migrate@file": "two tasks want to move the same file page",
    "migrate+migrate@anon": "two tasks want to move the same anonymous page",
    "move_pages+migrate@anon": "a page is moved by address and by number at once",
    "migrate+compact@file": "a file page that was just put back is picked again",
    "migrate+compact@anon": "an anonymous page that was just put back is picked again",
    "compact+kill@file": "who compacts all frames is killed",
    # A page from elsewhere takes its place.
    "splice@file,unmapped": "FUSE puts a page from a pipe in the place of a file's page",
    "splice+fault@file,unmapped": "the page is mapped while another takes its place",
    "splice+truncate@file,unmapped": "the file is truncated while another page takes its place",
    "migrate+splice@file,unmapped": "the page moves while another takes its place",
    # What a page may have.
    "migrate@file,buffers": "a page moves together with its buffers",
    "migrate@file,buffers,dirty": "a page with buffers is written first, and loses them",
    "migrate+truncate@file,buffers": "a page with buffers is truncated while it moves",
    "migrate+drain@file,pagevec": "a file page is just being put on the LRU",
    "migrate+drain@anon,pagevec": "an anonymous page is just being put on the LRU",
    # The page lock is dropped while the page is unmapped and marked.
    "migrate+munmap@file,dirty": "a dirty page is unmapped while migration writes it",
    "migrate+fault@file,dirty": "a dirty page is mapped while migration writes it",
    "migrate+truncate@file,dirty": "a dirty page is truncated while migration writes it",
    "truncate+move_pages@file,dirty": "the same of a page that is moved by its address",
    "migrate+swap_out@file,dirty": "reclaim wants a dirty page while migration writes it",
    "migrate@anon,memsw_limit": "an anonymous page moves, and memory and swap together are full",
    "migrate@file,oom_killed": "a file page moves for a task that the OOM killer chose",
    "migrate+migrate@file,spare,unmapped": "an unmapped file page moves twice at once",
    "splice@file,disabled,unmapped": "FUSE replaces a page, and the controller is off",
    "migrate@anon,fail_page_alloc": "an anonymous page moves, if there is memory",
    "splice@file,failslab,unmapped": "FUSE replaces a page, if its tree gets memory",
    "migrate@anon,room,stock": "an anonymous page moves, with room for one more, and stocks",
    "munmap+migrate@anon,limit,stock": "an anonymous page moves, and what is left is in stock",
}
