"""Every service measure on its control chart: what needs a decision first, why, and what its target says."""

from ui import page

page.show("kpi")
