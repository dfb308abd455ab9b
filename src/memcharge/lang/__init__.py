# SPDX-License-Identifier: GPL-2.0-only
"""Restricted Python to the intermediate representation."""

from memcharge.lang.compile import Claim, Cpu, compile_program
from memcharge.lang.errors import LangError
from memcharge.lang.names import check_names

__all__ = ["Claim", "Cpu", "LangError", "check_names", "compile_program"]
