# SPDX-License-Identifier: GPL-2.0-only
"""Lets ``python -m memcharge`` do what ``memcharge`` does."""

from memcharge.cli import main

if __name__ == "__main__":
    main()
