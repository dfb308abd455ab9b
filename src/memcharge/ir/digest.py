# SPDX-License-Identifier: GPL-2.0-only
"""A program's fingerprint: the same text, start state and reductions give the same one."""

from __future__ import annotations

from hashlib import sha256

from memcharge.ir.nodes import Program
from memcharge.ir.printer import print_program


def digest(program: Program) -> str:
    """64 hex digits over the layout, its start values, every node and the reductions."""
    layout = program.layout
    parts = [
        print_program(program),
        repr(sorted(layout.pools.items())),
        repr([(key, layout.fields[key]) for key in sorted(layout.fields)]),
        repr(sorted(layout.start.items())),
        repr(sorted(layout.freeable)),
        repr(sorted(layout.constant)),
        repr(sorted(program.reductions)),
    ]
    return sha256("\n".join(parts).encode()).hexdigest()
