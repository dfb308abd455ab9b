# SPDX-License-Identifier: GPL-2.0-only
"""The catalogue, held to pinned verdicts and exact counts."""
