# SPDX-License-Identifier: GPL-2.0-only
"""Questions about many runs: every combination, the known bugs, an edition beside the next."""
