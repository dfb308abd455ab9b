# SPDX-License-Identifier: GPL-2.0-only
"""An executable reference model of Linux memory-cgroup page-charge accounting."""

__version__ = "0.1.0"
