# SPDX-License-Identifier: GPL-2.0-only
"""The native search on several workers, each of which owns the states whose hash falls to it."""
