"""What bears a few typed signs in its name; the box at the head of every page leads here."""

from ui import page

page.show("search")
