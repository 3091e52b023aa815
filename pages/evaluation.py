"""Did it work: comparisons registered before looking, their results, what could be told, and looks."""

import ui.registering  # noqa: F401  (its piece enters itself)
from ui import page

page.show("evaluation")
