# SPDX-License-Identifier: GPL-2.0-only
"""Which CPUs are stepped in a state: all, or one where `program.alone` lets it be alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from memcharge.engine.stepper import Stepper

T = TypeVar("T")


def chooser(stepper: Stepper, cpus: Sequence[T]) -> Callable[[bytes], Sequence[T]] | None:
    """From a state to the part of `cpus`, one entry for each, that is stepped there.

    None if that is all of them in every state.
    """
    alone = stepper.program.alone
    if not alone:
        return None
    pcs = [one.pc for one in stepper.slots.cpus]
    singles = [(cpu, alone[cpu], [one]) for cpu, one in enumerate(cpus)]

    def choose(state: bytes) -> Sequence[T]:
        labels = [state[pc] | state[pc + 1] << 8 for pc in pcs]
        for cpu, rows, single in singles:
            row = rows[labels[cpu]]
            if row is not None and all(
                free >> label & 1 for free, label in zip(row, labels, strict=True)
            ):
                return single
        return cpus

    return choose
