"""How the product is used, by role and by page."""

from ui import page

page.show("manual")
