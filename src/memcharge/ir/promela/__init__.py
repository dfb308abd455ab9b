# SPDX-License-Identifier: GPL-2.0-only
"""A program as a Promela model with the same steps, for SPIN."""

from memcharge.ir.promela.model import promela_text
from memcharge.ir.promela.words import ExportError

__all__ = ["ExportError", "promela_text"]
