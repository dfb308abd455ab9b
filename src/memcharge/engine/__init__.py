# SPDX-License-Identifier: GPL-2.0-only
"""All interleavings of one compiled scenario."""

from memcharge.engine.check import check, replay
from memcharge.engine.checkpoint import CheckpointError
from memcharge.engine.coverage import lines_of
from memcharge.engine.found import Progress
from memcharge.engine.options import DEFAULT_REDUCTIONS, ENGINES, SEARCHES, Options
from memcharge.engine.prepare import compile_scenario
from memcharge.engine.recovery import Asked, PairKeeper, Recovery, Stored, own_text, texts
from memcharge.engine.slots import FieldOverflow
from memcharge.engine.witness import ScheduleError
from memcharge.engine.workers import WorkersError, workers
from memcharge.ir.passes import REDUCTIONS

__all__ = [
    "DEFAULT_REDUCTIONS",
    "ENGINES",
    "REDUCTIONS",
    "SEARCHES",
    "Asked",
    "CheckpointError",
    "FieldOverflow",
    "Options",
    "PairKeeper",
    "Progress",
    "Recovery",
    "ScheduleError",
    "Stored",
    "WorkersError",
    "check",
    "compile_scenario",
    "lines_of",
    "own_text",
    "replay",
    "texts",
    "workers",
]
