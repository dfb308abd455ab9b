# SPDX-License-Identifier: GPL-2.0-only
"""Which CPUs and objects may change places without changing the program."""

from memcharge.ir.symmetry.search import find_symmetry

__all__ = ["find_symmetry"]
