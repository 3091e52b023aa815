"""Detection: from 46 crisis signals to enrolment, which signs find isolation, what a threshold costs, contact points."""

from ui import page

page.show("detection")
