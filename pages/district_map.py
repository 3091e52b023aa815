"""One question, one answer, one map: where need is, whether it changes, whether it is reached, and how sure that is."""

from ui import page

page.show("district_map")
