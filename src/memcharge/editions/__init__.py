# SPDX-License-Identifier: GPL-2.0-only
"""The protocol texts: one base package, and one module for each patch on top of it.

`memcharge.editions.chain` loads them; no module here is meant to be run where
it lies, because a call must find the newest definition of its edition.
"""
