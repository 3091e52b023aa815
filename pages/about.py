"""Every definition, source and published figure behind the screens."""

from ui import page

page.show("about")
