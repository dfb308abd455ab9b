# SPDX-License-Identifier: GPL-2.0-only
"""The record that engines write and reports read."""

from memcharge.trace.record import (
    SCHEMA,
    Access,
    Broken,
    Call,
    Certificate,
    Record,
    Result,
    Run,
    Step,
)
from memcharge.trace.schedule import Schedule, format_schedule, parse_schedule, switches

__all__ = [
    "SCHEMA",
    "Access",
    "Broken",
    "Call",
    "Certificate",
    "Record",
    "Result",
    "Run",
    "Schedule",
    "Step",
    "format_schedule",
    "parse_schedule",
    "switches",
]
