# SPDX-License-Identifier: GPL-2.0-only
"""From the run record to text; nothing here prints, explores or knows an engine."""
