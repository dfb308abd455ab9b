# SPDX-License-Identifier: GPL-2.0-only
"""The functions by which properties ask any kernel how it keeps its books.

Every kernel edition has them; `v2_6_34/asked.py` says what each one means.
They belong to no kernel, so no actor runs them.
"""

ASKED = frozenset(
    {
        "page_charged",
        "page_owner",
        "page_counts_as_cache",
        "page_counts_as_rss",
        "page_marked_migrating",
        "page_books_locked",
        "page_listed_for",
        "counts_file_mapped",
        "counts_memsw",
        "counts_memsw_by_choice",
        "css_references_due",
        "memcg_references_due",
        "slot_charged",
    }
)
