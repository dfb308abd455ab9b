# SPDX-License-Identifier: GPL-2.0-only
"""The compiled engine: packed states, LLVM text, the search in machine code."""
