"""One district on one page, on screen and on paper."""

import ui.pieces  # noqa: F401  (they enter themselves)
from ui import page

page.show("district_profile")
