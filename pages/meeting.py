"""A meeting: what has changed since the last one, and what became of what was agreed."""

import ui.meeting  # noqa: F401  (its piece enters itself)
from ui import page

page.show("meeting")
