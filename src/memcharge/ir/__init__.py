# SPDX-License-Identifier: GPL-2.0-only
"""Labels, guards and accesses: what every engine runs."""
