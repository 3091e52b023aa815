"""The hotline: what becomes of contacts, how long they wait, when they come, who returns, what staffing would fix."""

from ui import page

page.show("hotline")
