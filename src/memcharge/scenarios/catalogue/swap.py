# SPDX-License-Identifier: GPL-2.0-only
"""Named scenarios about pages that come back from swap, and about swapoff."""

from __future__ import annotations

PURPOSES = {
    # The four cases of swap-in: a charged page or not, that stays in the cache or leaves it.
    "fault@anon,swapped": "an anonymous page comes back from swap, and is only read",
    "fault@anon,written": "an anonymous page is read again before reclaim has freed it",
    "cow@anon,written": "an anonymous page is written again before reclaim has freed it",
    "migrate@anon,written": "an anonymous page moves that reclaim has not freed yet",
    # One CPU.
    "swap_in@anon,swapped": "an anonymous page is read ahead and then mapped",
    "swap_in@shmem,swapped": "a shmem page is read ahead and then brought back into its file",
    "fault@anon,readahead": "a page that somebody read ahead is mapped",
    "writepage@anon": "an anonymous page is written out and stays in the swap cache",
    "migrate@anon,readahead": "an anonymous page moves that nobody has asked for yet",
    "migrate@shmem,readahead": "a shmem page moves that nobody has asked for yet",
    "swapoff@anon,shared,swapped": "swapoff brings a page back for both that name its slot",
    "swapoff@anon,swapcache": "swapoff frees the slot of a page that is in memory",
    "swapoff@shmem,swapped": "swapoff brings a shmem page back into its file",
    # Two that want the page.
    "swap_in+swap_in@anon,shared,swapped": "two processes bring the same page back",
    "swap_in+swap_in@shmem,swapped": "two processes bring the same shmem page back",
    "readahead+munmap@anon,swapped": "a slot is freed while its page is read ahead",
    "swap_in+swap_out@anon,shared,swapcache": "a page is wanted that reclaim takes away again",
    "truncate+swap_in@shmem,swapped": "a shmem page comes back while its file is truncated",
    # swapoff against everybody else.
    "fault+swapoff@anon,shared,swapped": "a reader and swapoff bring the same page back",
    "cow+swapoff@anon,shared,swapped": "a writer and swapoff bring the same page back",
    "munmap+swapoff@anon,shared,swapped": "the slot loses a user while swapoff looks for them",
    "exit+swapoff@anon,swapped": "the process whose page swapoff brings back exits",
    "fork+swapoff@anon,swapped": "the slot gets another user while swapoff looks for them",
    "fault+swapoff@shmem,swapped": "a reader and swapoff bring the same shmem page back",
    "truncate+swapoff@shmem,swapped": "a file is truncated while swapoff brings its page back",
    "swap_out+swapoff@anon": "a page is on its way to an area that goes",
    "swap_out+swapoff@shmem,dirty": "a shmem page is on its way to an area that goes",
    "swap_out+end_io@anon,writeback": "reclaim wants a page that is being written",
    "migrate+swapoff@anon,swapcache": "a page in the swap cache moves while swapoff empties that",
    "migrate+swapoff@shmem,swapcache": "a shmem page moves while swapoff brings it back",
    # Migration of what is between file and swap.
    "migrate+writepage@shmem,dirty": "a shmem page is moved right after it was written",
    "migrate+fault@shmem,swapcache": "a shmem page moves that is taken back from the swap cache",
    "migrate+truncate@shmem,swapcache": "a shmem page moves whose file drops its slot",
    "migrate+swap_in@anon,swapped": "an anonymous page moves as soon as it is read ahead",
    "fault@anon,disabled,swapped": "a page comes back from swap, and the controller is off",
    "fault@shmem,disabled,swapped": "a shmem page comes back from swap, and the controller is off",
    "fault+truncate@shmem,swapped": "a shmem page comes back from swap while it is truncated",
    "swapoff+fault@anon,swapped": "a page comes back from swap while the area is given up",
    "swap_out+truncate@shmem,dirty,unmapped": "an unmapped shmem page is truncated meanwhile",
    "swap_out@anon,readahead": "a page is reclaimed that nobody has asked for yet",
    "swap_out@anon,noswapaccount": "a page goes to swap, which is not counted",
    "munmap@anon,noswapaccount,swapped": "a swap slot is freed, which was not counted",
    "cow@anon,empty,limit,noswapaccount": "a full group is asked, swap uncounted",
    "exit+swapoff@anon,noswapaccount,swapped": "a page comes back for one that exits, uncounted",
}
