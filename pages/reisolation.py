"""Re-isolation over five years: today's services, what more would do, what it costs, and how far to trust it."""

import ui.reisolation.forms
import ui.reisolation.moving  # noqa: F401  (they enter themselves)
from ui import page

page.show("reisolation")
