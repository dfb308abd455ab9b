# SPDX-License-Identifier: GPL-2.0-only
"""Page charging and migration as in Linux 2.6.34: reserve before, commit at the end.

A migration charges one page more than there is, without a page_cgroup to show
for it, and decides which of the two pages gets the charge only after the new
page was mapped and unlocked.

One module per kernel file.  Functions, arguments and their order are the
kernel's.  Arguments that cannot vary here are left out: addresses and page
table pointers (a VMA is one page long), zones, VM flags and function pointers.
What is reduced besides is listed in `memcharge.editions.standins`.
"""

PROVENANCE = (
    'e40152ee1e1c ("Linus 2.6.34") (in v2.6.34); '
    'the scheme since 01b1ae63c227 ("memcg: simple migration handling") (in v2.6.29)'
)
