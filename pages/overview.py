"""The plan in one view: what needs a decision first, then money, need, reach, services and re-isolation."""

import ui.pieces  # noqa: F401  (they enter themselves)
from ui import page

page.show("overview")
