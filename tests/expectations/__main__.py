# SPDX-License-Identifier: GPL-2.0-only
"""``python -m tests.expectations`` writes docs/expectations.md anew."""

from tests.expectations.report import DOCUMENT, document

DOCUMENT.write_text(document(), "utf-8")
