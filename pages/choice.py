"""The choice: which mix of levers does most with a sum of money, and how sure that is."""

import ui.reisolation.forms  # noqa: F401  (today's forecast is kept by its piece)
from ui import page

page.show("choice")
