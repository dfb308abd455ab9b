# SPDX-License-Identifier: GPL-2.0-only
"""What is raised where the kernel would stop."""

from __future__ import annotations


class KernelBug(Exception):
    """The kernel would stop here.

    `kind` is the finding's name, as a run record spells it: `bug_on`,
    `use_after_free` or `null_dereference`.
    """

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind
