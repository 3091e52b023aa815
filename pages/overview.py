"""The plan in one view: what needs a decision first, then money, need, reach, services and re-isolation."""

import ui.home  # noqa: F401  (its piece enters itself)
from ui import page

page.show("overview")
