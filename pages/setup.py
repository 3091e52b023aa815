"""Programmes, owners, targets, outputs, events, surveys, staffing, unit costs: what is in force, and changing it without code."""

import ui.setup  # noqa: F401  (its piece enters itself)
from ui import page

page.show("setup")
