"""Debian's Chromium, and by what a page of the app shows that it is not at rest yet."""

from __future__ import annotations

from pathlib import Path

CHROMIUM = Path("/usr/bin/chromium")
SHELL = Path("/usr/bin/chromium-headless-shell")  # the same without windows: it draws a page in less time
BUSY = ("[data-testid='stStatusWidget']", "[data-testid='stSpinner']", "[data-stale='true']")
