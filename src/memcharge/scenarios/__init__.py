# SPDX-License-Identifier: GPL-2.0-only
"""Who runs the editions, from which start state, and what must hold."""
