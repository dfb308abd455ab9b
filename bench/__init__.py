# SPDX-License-Identifier: GPL-2.0-only
"""memcharge beside other tools, on models that each of them can express."""
