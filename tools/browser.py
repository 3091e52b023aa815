"""Debian's Chromium, and when a page of the app is at rest."""

from __future__ import annotations

from pathlib import Path

CHROMIUM = Path("/usr/bin/chromium")
SHELL = Path("/usr/bin/chromium-headless-shell")  # the same without windows: it draws a page in less time
# For `wait_for_function`, which looks at every frame; an expectation that does not hold at once is looked at in ever longer steps.
# The page's script has begun and ended, nothing is older than that, and nothing waits to be drawn: a control, a chart, a component of ours.
_BUSY = ", ".join(
    (
        "[data-testid='stStatusWidget']",
        "[data-testid='stSpinner']",
        "[data-stale='true']",
        "[data-testid='stSkeleton']",
        "[data-testid='stBidiComponentRegular'] > div:only-child:empty",
    )
)
AT_REST = f"""() => document.querySelector("[data-testid='stMain'] h1")
    && document.querySelector("[data-test-script-state='notRunning']") && !document.querySelector("{_BUSY}")"""
