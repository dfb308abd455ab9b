# SPDX-License-Identifier: GPL-2.0-only
"""All interleavings of one compiled scenario."""

from memcharge.engine.bfs import Progress
from memcharge.engine.check import check, replay
from memcharge.engine.options import ALL_REDUCTIONS, ENGINES, Options
from memcharge.engine.stepper import FieldOverflow
from memcharge.engine.witness import ScheduleError
from memcharge.ir.passes import REDUCTIONS

__all__ = [
    "ALL_REDUCTIONS",
    "ENGINES",
    "REDUCTIONS",
    "FieldOverflow",
    "Options",
    "Progress",
    "ScheduleError",
    "check",
    "replay",
]
