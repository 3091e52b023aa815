"""Which records have come, from whom, and which months are closed."""

import ui.coverage  # noqa: F401  (its pieces enter themselves)
from ui import page

page.show("coverage")
