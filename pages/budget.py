"""The plan's money: what needs a decision, the ledger as a tree down to the document, movements, pace, end, value, plan."""

import ui.budget.pieces  # noqa: F401  (they enter themselves)
from ui import page

page.show("budget")
