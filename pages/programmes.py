"""Every programme of the plan: outputs, targets with their basis, trend and owner; the unpublished is said to be so."""

from ui import page

page.show("programmes")
